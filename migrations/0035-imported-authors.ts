/** Suggestions and comments that a file brought keep the names of their authors, who may have no account. */
import { Migration } from '@mikro-orm/migrations'

export class ImportedAuthors extends Migration {
  override up(): void {
    this.addSql(`alter table suggestion add column author_name varchar(200)`)
    this.addSql(`alter table comment add column author_name varchar(200)`)
  }
}
