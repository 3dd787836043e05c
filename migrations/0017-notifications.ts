/** The inbox, what people want to hear and how, and what they watch. */
import { Migration } from '@mikro-orm/migrations'

export class Notifications extends Migration {
  override up(): void {
    // arrived_at: when it is to be seen, which is later than it was made when it was put off
    this.addSql(`create table notification (
      id uuid primary key, user_id uuid not null references "user" (id) on delete cascade, position bigint, type varchar(64) not null,
      category varchar(32) not null, priority varchar(16) not null, critical boolean not null, subject varchar(255),
      "group" varchar(300) not null, actor_id uuid, title varchar(300) not null, message varchar(2000) not null, data jsonb not null,
      channels text[] not null, created_at timestamptz(3) not null, arrived_at timestamptz(3) not null, seen_at timestamptz(3),
      read_at timestamptz(3), archived_at timestamptz(3), snoozed_until timestamptz(3), expires_at timestamptz(3))`)
    // an event tells each person once, however often its job runs
    this.addSql(`create unique index notification_once on notification (position, user_id) where position is not null`)
    this.addSql(`create index notification_newest on notification (user_id, arrived_at desc, id desc)`)
    this.addSql(`create index notification_unread on notification (user_id) where read_at is null and archived_at is null`)
    this.addSql(`create index notification_snoozed on notification (snoozed_until) where snoozed_until is not null`)
    this.addSql(`create index notification_expires on notification (expires_at) where expires_at is not null`)
    this.addSql(`create index notification_comment on notification ((data ->> 'commentId')) where data ? 'commentId'`)
    this.addSql(`create index notification_message on notification ((data ->> 'messageId')) where data ? 'messageId'`)
    this.addSql(`create table notification_preference (
      user_id uuid primary key references "user" (id) on delete cascade, chosen jsonb not null, updated_at timestamptz(3) not null)`)
    this.addSql(`create table subject_watch (
      user_id uuid not null references "user" (id) on delete cascade,
      subject varchar(255) not null references subject (name) on delete cascade deferrable initially deferred,
      level varchar(16) not null, updated_at timestamptz(3) not null, primary key (user_id, subject))`)
    this.addSql(`create index subject_watch_subject_index on subject_watch (subject)`)
  }
}
