/** By which storage a database was served last, and the positions that no event has because the installation was restored to an older state. */
import { Migration } from '@mikro-orm/migrations'

export class Restored extends Migration {
  override up(): void {
    this.addSql(`alter table installation add column storage varchar(255)`)
    // positions after the first, up to and including the second
    this.addSql(`create table event_gap (after bigint primary key, upto bigint not null)`)
  }
}
