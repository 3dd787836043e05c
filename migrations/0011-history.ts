/** History: old rows of the journal folded into sessions, versions by name, and what was taken back. */
import { Migration } from '@mikro-orm/migrations'

export class History extends Migration {
  override up(): void {
    // one row stands for up to 2,000 of the journal; both packed columns are packed already
    this.addSql(`create table document_session (
      document uuid not null, from_seq bigint not null, to_seq bigint not null, started_at timestamptz(3) not null,
      ended_at timestamptz(3) not null, people jsonb not null, wrote bytea not null, edits bytea not null, state bytea,
      primary key (document, to_seq))`)
    this.addSql(`alter table document_session alter column edits set storage external, alter column state set storage external`)
    this.addSql(`create table document_version (
      id uuid primary key, document uuid not null references document (id) on delete cascade, name varchar(200) not null,
      at bigint not null, user_id uuid not null, created_at timestamptz(3) not null)`)
    this.addSql(`create index document_version_newest on document_version (document, created_at desc, id desc)`)
    this.addSql(`create table document_undo (
      document uuid not null references document (id) on delete cascade, user_id uuid not null, from_seq bigint not null,
      to_seq bigint not null, by_user uuid not null, at timestamptz(3) not null, primary key (document, user_id, from_seq))`)
  }
}
