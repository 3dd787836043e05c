/** Snapshots tell whose each piece is, so that authorship reads no row below them. Those of before do not; the next one of each will. */
import { Migration } from '@mikro-orm/migrations'

export class SnapshotAuthors extends Migration {
  override up(): void {
    this.addSql(`alter table document_snapshot add column wrote bytea`)
    // it is packed already
    this.addSql(`alter table document_snapshot alter column wrote set storage external`)
  }
}
