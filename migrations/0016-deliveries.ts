/** What leaves SmartStart, or is to: a row for each attempt to reach somebody by a channel. */
import { Migration } from '@mikro-orm/migrations'

export class Deliveries extends Migration {
  override up(): void {
    this.addSql(`create table delivery (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null,
      channel varchar(255) not null, user_id uuid, webhook_id uuid, notification_ids uuid[] not null, position bigint,
      target text not null, state varchar(255) not null, due_at timestamptz(3), attempts int not null, reason text, code int,
      finished_at timestamptz(3))`)
    this.addSql(`create index delivery_due_at_index on delivery (due_at) where state = 'queued'`)
    this.addSql(`create index delivery_user_id_index on delivery (user_id, created_at)`)
    this.addSql(`create index delivery_webhook_id_index on delivery (webhook_id, created_at) where webhook_id is not null`)
  }
}
