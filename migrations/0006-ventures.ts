/** What a team founds. */
import { Migration } from '@mikro-orm/migrations'

export class Ventures extends Migration {
  override up(): void {
    this.addSql(`create table venture (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, name varchar(100) not null,
      purpose varchar(500), version int not null default 1)`)
  }
}
