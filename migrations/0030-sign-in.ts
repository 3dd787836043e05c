/** Failed sign-ins by account and source, the last hundred of an account, and devices that signed in before. */
import { Migration } from '@mikro-orm/migrations'

export class SignIn extends Migration {
  override up(): void {
    this.addSql(`drop table sign_in_attempts`)
    this.addSql(`create table sign_in_attempt (
      email varchar(255) not null, source varchar(255) not null, failures int not null, last_at timestamptz not null, next_at timestamptz,
      primary key (email, source))`)
    this.addSql(`create index sign_in_attempt_last_at_index on sign_in_attempt (last_at)`)
    this.addSql(`create table sign_in_hour (email varchar(255) primary key, failed_at timestamptz[] not null)`)
    this.addSql(`create table device (
      hash varchar(255) primary key, user_id uuid not null references "user" (id) on delete cascade deferrable initially deferred,
      created_at timestamptz(3) not null, used_at timestamptz(3) not null)`)
    this.addSql(`create index device_user_id_index on device (user_id, used_at)`)
  }
}
