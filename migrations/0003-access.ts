/** Who holds which role on what. */
import { Migration } from '@mikro-orm/migrations'

export class Access extends Migration {
  override up(): void {
    this.addSql(
      `create table subject (name varchar(255) primary key, parent varchar(255) references subject (name) deferrable initially deferred)`,
    )
    this.addSql(`create index subject_parent_index on subject (parent)`)
    this.addSql(`create table access_grant (
      subject varchar(255) not null references subject (name) on delete cascade deferrable initially deferred, user_id uuid not null references "user" (id) deferrable initially deferred,
      role varchar(255) not null check (role in ('viewer', 'commenter', 'editor', 'owner')),
      created_at timestamptz(3) not null, updated_at timestamptz(3) not null, primary key (subject, user_id))`)
    this.addSql(`create index access_grant_user_id_index on access_grant (user_id)`)
  }
}
