/** The journal writes less: an edit moves a number beside the time it moves with, and asks for its document once. */
import { Migration } from '@mikro-orm/migrations'

export class Journal extends Migration {
  override up(): void {
    // columns that change together stand together, at the end: the log of a change holds what lies between the first and the last
    this.addSql(`alter table document add column number bigint`)
    this.addSql(`update document set number = head`)
    this.addSql(`alter table document drop column head`)
    this.addSql(`alter table document rename column number to head`)
    this.addSql(`alter table document alter column head set not null`)
    // the statement that writes a row holds its document's, so that there is one; the check cost a lock of its own, in the log
    this.addSql(`alter table document_update drop constraint document_update_document_fkey`)
  }
}
