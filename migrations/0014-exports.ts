/** Documents out and in: what is made of them and read for them, in jobs, and the bytes, in pieces, for a day. */
import { Migration } from '@mikro-orm/migrations'

export class Exports extends Migration {
  override up(): void {
    this.addSql(`create table kept_piece (
      file uuid not null, number int not null, at timestamptz(3) not null, bytes bytea not null, primary key (file, number))`)
    this.addSql(`alter table kept_piece alter column bytes set storage external`)
    this.addSql(`create table document_export (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, user_id uuid not null,
      document_name varchar(255) not null, format varchar(255) not null, name varchar(255) not null, at bigint, redline_from bigint,
      state varchar(255) not null, problem text)`)
    this.addSql(`create index document_export_created_at_index on document_export (created_at)`)
    this.addSql(`create table document_import (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, user_id uuid not null, venture_id uuid,
      name varchar(255) not null, state varchar(255) not null, document_name varchar(255), problem text, warnings jsonb not null)`)
    this.addSql(`create index document_import_created_at_index on document_import (created_at)`)
  }
}
