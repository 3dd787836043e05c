/** Snapshots say whether they were written since updates are bounded: older ones may hold types that are nested too deep. */
import { Migration } from '@mikro-orm/migrations'

export class BoundedSnapshots extends Migration {
  override up(): void {
    // the snapshot's own number, and no flag: an older node that writes a newer snapshot leaves it as it is
    this.addSql(`alter table document_snapshot add column bounded_seq bigint`)
  }
}
