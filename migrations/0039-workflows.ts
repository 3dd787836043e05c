/** State machines, their transitions and their timers. Drafts that exist get their machine. */
import { Migration } from '@mikro-orm/migrations'

export class Workflows extends Migration {
  override up(): void {
    this.addSql(`create table state_machine (
      type varchar(64) not null, id uuid not null, subject varchar(128) not null, definition_version int not null, state varchar(64) not null,
      snapshot jsonb not null, version int not null, started_at timestamptz(3) not null, changed_at timestamptz(3) not null,
      done boolean not null, primary key (type, id))`)
    this.addSql(`create index state_machine_subject_index on state_machine (subject)`)
    this.addSql(`create index state_machine_active_index on state_machine (id) where not done`)
    this.addSql(`create table state_machine_transition (
      id uuid primary key, type varchar(64) not null, machine_id uuid not null, version int not null, definition_version int not null,
      event varchar(64) not null, from_state varchar(64), to_state varchar(64) not null, reason varchar(2000), data jsonb,
      actor uuid, actor_kind varchar(16) not null, on_behalf_of uuid, at timestamptz(3) not null,
      unique (type, machine_id, version),
      foreign key (type, machine_id) references state_machine (type, id) on delete cascade deferrable initially deferred)`)
    this.addSql(`create table state_machine_timer (
      type varchar(64) not null, machine_id uuid not null, name varchar(160) not null, event varchar(64) not null,
      due_at timestamptz(3) not null, primary key (type, machine_id, name),
      foreign key (type, machine_id) references state_machine (type, id) on delete cascade deferrable initially deferred)`)
    this.addSql(`create index state_machine_timer_due_at_index on state_machine_timer (due_at)`)
    this.addSql(`insert into state_machine (type, id, subject, definition_version, state, snapshot, version, started_at, changed_at, done)
      select 'legalDocument', id, 'legal:' || id, 1, 'draft', '{"value":"draft","context":{},"status":"active"}', 1, created_at, created_at, false
      from legal_draft`)
    this.addSql(`insert into state_machine_transition
        (id, type, machine_id, version, definition_version, event, from_state, to_state, reason, data, actor, actor_kind, on_behalf_of, at)
      select gen_random_uuid(), 'legalDocument', id, 1, 1, 'START', null, 'draft', null, null, null, 'system', null, created_at from legal_draft`)
  }
}
