/** Passwords, sessions and what guards them. */
import { Migration } from '@mikro-orm/migrations'

export class Auth extends Migration {
  override up(): void {
    this.addSql(`create table credential (
      user_id uuid primary key references "user" (id) on delete cascade deferrable initially deferred, hash varchar(255) not null,
      created_at timestamptz(3) not null, updated_at timestamptz(3) not null)`)
    this.addSql(`create table sign_in_attempts (email varchar(255) primary key, failures int not null, last_at timestamptz(3) not null)`)
    this.addSql(`create index sign_in_attempts_last_at_index on sign_in_attempts (last_at)`)
    this.addSql(`create table session (
      id uuid primary key, user_id uuid not null references "user" (id) on delete cascade deferrable initially deferred, created_at timestamptz(3) not null,
      last_used_at timestamptz(3) not null, expires_at timestamptz(3) not null, ended_at timestamptz(3),
      user_agent varchar(300) not null, address varchar(64) not null)`)
    this.addSql(`create index session_user_id_index on session (user_id)`)
    this.addSql(`create index session_expires_at_index on session (expires_at)`)
    this.addSql(`create table refresh_token (
      hash varchar(255) primary key, session_id uuid not null references session (id) on delete cascade deferrable initially deferred,
      created_at timestamptz(3) not null, used_at timestamptz(3))`)
    this.addSql(`create index refresh_token_session_id_index on refresh_token (session_id)`)
  }
}
