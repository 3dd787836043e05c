/** The audit chain: rows that are never changed, their head, personal data beside them, and published tree heads. */
import { Migration } from '@mikro-orm/migrations'

export class Audit extends Migration {
  override up(): void {
    this.addSql(
      `create table audit_head (one boolean primary key default true check (one), position bigint not null, hash varchar(64) not null)`,
    )
    this.addSql(`create table audit_row (
      position bigint primary key, at timestamptz(3) not null, action varchar(80) not null, subject varchar(200) not null,
      actor_kind varchar(16) not null, actor uuid, on_behalf_of uuid, data jsonb not null, commitment varchar(64),
      previous varchar(64) not null, hash varchar(64) not null)`)
    this.addSql(`create index audit_row_subject_index on audit_row (subject, position)`)
    this.addSql(`create index audit_row_actor_index on audit_row (actor, position)`)
    // the chain holds a commitment to it, so that it can be erased
    this.addSql(`create table audit_personal_data (
      position bigint primary key references audit_row (position), person uuid, salt varchar(64), details jsonb, erased_at timestamptz(3))`)
    this.addSql(`create index audit_personal_data_person_index on audit_personal_data (person)`)
    this.addSql(`create table audit_tree_head (
      size bigint primary key, root varchar(64) not null, hash varchar(64) not null, at timestamptz(3) not null,
      signature text, certificate text)`)
    this.addSql(`create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'Rows of the audit chain cannot be changed.';
      end $$`)
    for (const table of ['audit_row', 'audit_tree_head'])
      this.addSql(
        `create trigger ${table}_immutable before update or delete on ${table} for each row execute function refuse_audit_change()`,
      )
  }
}
