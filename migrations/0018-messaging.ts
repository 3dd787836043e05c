/** Conversations: channels of spaces and ventures, and direct ones; what is said in them, and how far each person has read. */
import { Migration } from '@mikro-orm/migrations'

export class Messaging extends Migration {
  override up(): void {
    this.addSql(`create table conversation (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, subject varchar(255), name varchar(80),
      general boolean not null, people uuid[] constraint conversation_people_unique unique, head bigint not null,
      said_at timestamptz(3) not null, archived_at timestamptz(3), version int not null default 1,
      check ((subject is null) = (people is not null)))`)
    this.addSql(`create unique index conversation_name_unique on conversation (subject, lower(name)) where archived_at is null`)
    this.addSql(`create index conversation_people_index on conversation using gin (people)`)
    this.addSql(`insert into conversation (id, created_at, updated_at, subject, name, general, head, said_at, version)
      select split_part(name, ':', 2)::uuid, now(), now(), name, 'general', true, 0, now(), 1 from subject
      where name like 'space:%' or name like 'venture:%'`)
    this.addSql(`create table message (
      id uuid primary key, conversation uuid not null references conversation (id), seq bigint not null, user_id uuid not null,
      kind varchar(16) not null, text varchar(5000) not null, words tsvector, mentions uuid[] not null, thread_id uuid,
      replies int not null, replied_at timestamptz(3), created_at timestamptz(3) not null, edited_at timestamptz(3),
      deleted_at timestamptz(3), unique (conversation, seq))`)
    this.addSql(`create index message_thread_index on message (thread_id, seq) where thread_id is not null`)
    this.addSql(`create index message_mentions_index on message (conversation, seq) where mentions <> '{}'`)
    this.addSql(`create index message_words_index on message using gin (words)`)
    this.addSql(`create table message_reaction (
      message_id uuid not null references message (id), emoji varchar(32) not null, user_id uuid not null, at timestamptz(3) not null,
      primary key (message_id, emoji, user_id))`)
    this.addSql(`create table message_file (
      id uuid primary key, conversation uuid not null references conversation (id), message_id uuid, user_id uuid not null,
      name varchar(200) not null, size int not null, created_at timestamptz(3) not null)`)
    this.addSql(`create index message_file_message_index on message_file (message_id)`)
    this.addSql(`create index message_file_waiting_index on message_file (user_id) where message_id is null`)
    this.addSql(`create table conversation_seen (
      user_id uuid not null, conversation uuid not null references conversation (id), seq bigint not null,
      primary key (user_id, conversation))`)
  }
}
