/** Deleted accounts hold no roles, and are called "Deleted account" wherever a name is read. */
import { Migration } from '@mikro-orm/migrations'

export class DeletedAccounts extends Migration {
  override up(): void {
    this.addSql(`delete from access_grant g using "user" u where u.id = g.user_id and u.status = 'deleted'`)
    for (const column of ['title', 'message'])
      this.addSql(`update notification n set ${column} = 'Deleted account' || substr(n.${column}, length(u.name) + 1)
        from "user" u where u.status = 'deleted' and n.actor_id = u.id and starts_with(n.${column}, u.name || ' ')`)
    this.addSql(`update "user" set name = 'Deleted account' where status = 'deleted'`)
  }
}
