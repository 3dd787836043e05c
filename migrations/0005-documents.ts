/** Living documents, their journal and their snapshots. */
import { Migration } from '@mikro-orm/migrations'

export class Documents extends Migration {
  override up(): void {
    this.addSql(`create table document (
      id uuid primary key, kind varchar(255) not null, title varchar(200) not null, head bigint not null, frozen_at timestamptz(3),
      created_at timestamptz(3) not null, updated_at timestamptz(3) not null) with (fillfactor = 80)`)
    this.addSql(`create table document_update (
      document uuid not null references document (id) on delete cascade, seq bigint not null, actor uuid, at timestamptz(3) not null,
      update bytea not null, primary key (document, seq))`)
    this.addSql(`alter table document_update alter column update set storage external`)
    this.addSql(`create table document_snapshot (
      document uuid primary key references document (id) on delete cascade, seq bigint not null, state bytea not null,
      at timestamptz(3) not null)`)
  }
}
