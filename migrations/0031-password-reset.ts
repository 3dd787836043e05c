/** Links by which people choose a new password, and the mail that carries one. */
import { Migration } from '@mikro-orm/migrations'

export class PasswordReset extends Migration {
  override up(): void {
    this.addSql(`create table password_reset (
      id uuid primary key, hash varchar(255) not null constraint password_reset_hash_unique unique,
      user_id uuid not null references "user" (id) on delete cascade deferrable initially deferred,
      asked_at timestamptz(3) not null, expires_at timestamptz(3) not null, used_at timestamptz(3))`)
    this.addSql(`create index password_reset_user_id_index on password_reset (user_id, asked_at)`)
    this.addSql(`alter table delivery add column password_reset uuid`)
  }
}
