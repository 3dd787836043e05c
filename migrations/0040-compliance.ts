/** Published texts of kinds, people's legal levels, and the published texts that they signed. */
import { Migration } from '@mikro-orm/migrations'

export class Compliance extends Migration {
  override up(): void {
    this.addSql(`create table legal_publication (
      id uuid primary key, kind varchar(64) not null, document_id uuid not null references legal_draft (id) deferrable initially deferred,
      content_hash varchar(64) not null, major int not null, minor int not null, published_at timestamptz(3) not null,
      published_by uuid references "user" (id) deferrable initially deferred, withdrawn_at timestamptz(3), major_since timestamptz(3) not null,
      unique (kind, major, minor))`)
    this.addSql(`create unique index legal_publication_current_index on legal_publication (kind) where withdrawn_at is null`)
    this.addSql(`create index legal_publication_document_id_index on legal_publication (document_id)`)
    this.addSql(`create table legal_level (
      user_id uuid primary key references "user" (id) deferrable initially deferred, level varchar(64) not null, since timestamptz(3) not null,
      set_by uuid references "user" (id) deferrable initially deferred, version int not null default 1)`)
    this.addSql(`create table legal_signed_document (
      id uuid primary key, user_id uuid not null references "user" (id) deferrable initially deferred, kind varchar(64) not null,
      document_id uuid not null references legal_draft (id) deferrable initially deferred,
      publication_id uuid not null references legal_publication (id) deferrable initially deferred,
      signed_at timestamptz(3) not null, expires_at timestamptz(3) not null, revoked_at timestamptz(3),
      unique (user_id, document_id, publication_id))`)
    this.addSql(`create index legal_signed_document_document_id_index on legal_signed_document (document_id)`)
    this.addSql(`create table legal_setting (id int primary key check (id = 1), gates boolean not null)`)
  }
}
