/** Agreements while they are written. */
import { Migration } from '@mikro-orm/migrations'

export class Legal extends Migration {
  override up(): void {
    this.addSql(`create table legal_draft (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, title varchar(200) not null,
      kind varchar(255) not null, state varchar(255) not null, venture_id uuid references venture (id) deferrable initially deferred, version int not null default 1)`)
    this.addSql(`create index legal_draft_venture_id_index on legal_draft (venture_id)`)
  }
}
