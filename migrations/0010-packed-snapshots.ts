/** Snapshots are packed otherwise. Those of before are left out; the journal has everything, and the next one is taken from it. */
import { Migration } from '@mikro-orm/migrations'

export class PackedSnapshots extends Migration {
  override up(): void {
    this.addSql(`delete from document_snapshot`)
    this.addSql(`alter table document_snapshot alter column state set storage external`)
  }
}
