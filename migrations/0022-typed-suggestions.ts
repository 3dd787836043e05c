/** Suggestions that were typed are kept, so that people are told of them; what they are, the text says. */
import { Migration } from '@mikro-orm/migrations'

export class TypedSuggestions extends Migration {
  override up(): void {
    this.addSql(`alter table suggestion add column typed boolean not null default false`)
  }
}
