/** Envelopes with their parties, acts, links and codes; letters as a general kind of mail. */
import { Migration } from '@mikro-orm/migrations'

export class Signing extends Migration {
  override up(): void {
    this.addSql(`create table envelope (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null,
      document uuid not null references document (id), title varchar(200) not null, state varchar(16) not null, created_by uuid not null,
      message text not null, deadline timestamptz(3), remind_every_days int, decline_allowed boolean not null, hide_until_turn boolean not null,
      needed jsonb not null, content_hash varchar(64), seq bigint, sent_at timestamptz(3), ended_at timestamptz(3), end_reason text,
      supersedes uuid references envelope (id), version int not null default 1)`)
    this.addSql('create index envelope_document on envelope (document)')
    this.addSql(`create unique index envelope_open on envelope (document) where state = 'sent'`)
    this.addSql(`create index envelope_deadline on envelope (deadline) where state = 'sent'`)
    this.addSql(`create table envelope_party (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null,
      envelope uuid not null references envelope (id) on delete cascade deferrable initially deferred, number int not null, user_id uuid,
      name varchar(200) not null, email varchar(320) not null, role varchar(16) not null, step int not null, witness_of uuid,
      delegated_from uuid, state varchar(16) not null, notified_at timestamptz(3), viewed_at timestamptz(3), acted_at timestamptz(3),
      reminded_at timestamptz(3), reason text, invitation uuid)`)
    this.addSql('create unique index envelope_party_number on envelope_party (envelope, number)')
    this.addSql('create index envelope_party_user on envelope_party (user_id) where user_id is not null')
    this.addSql(`create table envelope_act (
      party uuid primary key references envelope_party (id), envelope uuid not null references envelope (id), kind varchar(16) not null,
      at timestamptz(3) not null, content_hash varchar(64) not null, consent_version varchar(32), mark jsonb, image bytea,
      method varchar(32) not null, postal_address text, audit_position bigint not null, audit_hash varchar(64) not null)`)
    this.addSql('create index envelope_act_envelope on envelope_act (envelope)')
    this.addSql(`create table signing_link (
      id uuid primary key, party uuid not null references envelope_party (id) on delete cascade, hash varchar(64) not null unique,
      created_at timestamptz(3) not null, expires_at timestamptz(3) not null, ended_at timestamptz(3))`)
    this.addSql('create index signing_link_party on signing_link (party)')
    this.addSql(`create table signing_code (
      id uuid primary key, link uuid not null references signing_link (id) on delete cascade, created_at timestamptz(3) not null,
      expires_at timestamptz(3) not null, tries int not null default 0, used_at timestamptz(3))`)
    this.addSql('create index signing_code_link on signing_code (link)')
    this.addSql(`create table envelope_file (
      envelope uuid not null references envelope (id), kind varchar(16) not null, file uuid not null, sha256 varchar(64) not null,
      made_at timestamptz(3) not null, warnings jsonb not null, primary key (envelope, kind))`)
    this.addSql('alter table delivery add column letter varchar(64), add column letter_id uuid')
    this.addSql(`update delivery set letter = 'password-reset', letter_id = password_reset where password_reset is not null`)
    this.addSql('alter table delivery drop column password_reset')
  }
}
