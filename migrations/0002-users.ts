/** People with an account. */
import { Migration } from '@mikro-orm/migrations'

export class Users extends Migration {
  override up(): void {
    this.addSql(`create table "user" (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null,
      email varchar(255) not null constraint user_email_unique unique, name varchar(255) not null,
      role varchar(255) not null check (role in ('member', 'admin')),
      status varchar(255) not null check (status in ('active', 'suspended', 'deleted')), version int not null default 1)`)
  }
}
