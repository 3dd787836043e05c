import { Migration } from '@mikro-orm/migrations'

/** Suggested changes of format: the text concerned, and the marks that are added and removed. */
export class SuggestedFormats extends Migration {
  override up(): void {
    this.addSql(`alter table suggestion add column formatted text not null default '',
      add column formats jsonb not null default '{"added":[],"removed":[]}'`)
  }
}
