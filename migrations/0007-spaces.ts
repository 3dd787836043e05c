/** Where a team writes. */
import { Migration } from '@mikro-orm/migrations'

export class Spaces extends Migration {
  override up(): void {
    this.addSql(`create table space (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, name varchar(100) not null,
      venture_id uuid references venture (id) deferrable initially deferred, version int not null default 1)`)
    this.addSql(`create index space_venture_id_index on space (venture_id)`)
  }
}
