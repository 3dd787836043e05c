/** What happened, and what was done under a key. */
import { Migration } from '@mikro-orm/migrations'

export class Kernel extends Migration {
  override up(): void {
    this.addSql(`create table event (
      id uuid primary key, position bigint constraint event_position_unique unique, name varchar(255) not null, subject varchar(255) not null,
      audience text[] not null, actor uuid, data jsonb not null, at timestamptz(3) not null)`)
    this.addSql(`create index event_waiting_index on event (id) where position is null`)
    this.addSql(`create table event_head (id boolean primary key default true check (id), position bigint not null)`)
    this.addSql(`create table installation (id boolean primary key default true check (id), name uuid not null default gen_random_uuid())`)
    this.addSql(`insert into installation default values`)
    this.addSql(`insert into event_head (position) values (0)`)
    this.addSql(`create table idempotency (
      user_id uuid not null, key varchar(255) not null, fingerprint varchar(255) not null, answer jsonb, at timestamptz(3) not null,
      primary key (user_id, key))`)
    this.addSql(`create index idempotency_at_index on idempotency (at)`)
  }
}
