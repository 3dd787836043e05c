/** How far each person has read each document. */
import { Migration } from '@mikro-orm/migrations'

export class Looks extends Migration {
  override up(): void {
    this.addSql(`create table document_look (
      "user" uuid not null references "user" (id) on delete cascade, document uuid not null references document (id) on delete cascade,
      at bigint not null, looked_at timestamptz(3) not null, primary key ("user", document)) with (fillfactor = 80)`)
    this.addSql(`create index document_look_document_index on document_look (document)`)
  }
}
