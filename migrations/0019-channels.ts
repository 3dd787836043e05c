/** Channels: programs that are told by webhook, browsers that are pushed to, mail that is kept where no server sends it. */
import { Migration } from '@mikro-orm/migrations'

export class Channels extends Migration {
  override up(): void {
    this.addSql(`create table webhook (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null,
      audience varchar(255) not null, user_id uuid not null, url text not null, events text[] not null, description varchar(200) not null,
      secret varchar(255) not null, previous_secret varchar(255), previous_until timestamptz(3), after bigint not null,
      state varchar(255) not null, reason text, failing_since timestamptz(3))`)
    this.addSql(`create index webhook_audience_index on webhook (audience)`)
    this.addSql(`create index webhook_user_id_index on webhook (user_id)`)
    // who follows the events, and how far they are
    this.addSql(`create table event_cursor (name varchar(255) primary key, position bigint not null)`)
    this.addSql(`insert into event_cursor (name, position) select 'webhooks', position from event_head`)
    this.addSql(`create table push_key (name varchar(255) primary key, public_key text not null, private_key text not null)`)
    this.addSql(`create table push_subscription (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, user_id uuid not null,
      endpoint text not null constraint push_subscription_endpoint_unique unique, p256dh varchar(255) not null, auth varchar(255) not null, user_agent varchar(400))`)
    this.addSql(`create index push_subscription_user_id_index on push_subscription (user_id)`)
    this.addSql(`create table outbox_mail (
      id uuid primary key, created_at timestamptz(3) not null, recipient text not null, subject text not null, text text not null,
      html text not null)`)
    this.addSql(`create index outbox_mail_created_at_index on outbox_mail (created_at)`)
    // each event is told to each webhook once
    this.addSql(`create unique index delivery_webhook_id_position_unique on delivery (webhook_id, position) where webhook_id is not null`)
    // what is due, a lane at a time: one that is long holds no other up
    this.addSql(
      `create index delivery_webhook_due_index on delivery (webhook_id, due_at) where state = 'queued' and webhook_id is not null`,
    )
    this.addSql(`create index delivery_channel_due_index on delivery (channel, due_at) where state = 'queued' and webhook_id is null`)
    this.addSql(`create index delivery_created_at_index on delivery (created_at)`)
  }
}
