/** Exports keep whether they contain comments, and what their file does not show. */
import { Migration } from '@mikro-orm/migrations'

export class ExportOptions extends Migration {
  override up(): void {
    this.addSql(`alter table document_export add column comments boolean not null default false,
      add column warnings jsonb not null default '[]'`)
    this.addSql('alter table document_export alter column comments drop default, alter column warnings drop default')
  }
}
