/** Comments on words, and what was decided on suggestions. */
import { Migration } from '@mikro-orm/migrations'

export class Comments extends Migration {
  override up(): void {
    this.addSql(`create table comment_thread (
      id uuid primary key, document uuid not null references document (id) on delete cascade, state varchar(255) not null,
      anchor jsonb, signs jsonb, vector text, quote text,
      created_at timestamptz(3) not null, resolved_at timestamptz(3), resolved_by uuid)`)
    this.addSql(`create index comment_thread_document_index on comment_thread (document)`)
    this.addSql(`create table comment (
      id uuid primary key, thread_id uuid not null references comment_thread (id) on delete cascade deferrable initially deferred,
      user_id uuid not null, text varchar(5000) not null, mentions uuid[] not null,
      created_at timestamptz(3) not null, edited_at timestamptz(3))`)
    this.addSql(`create index comment_thread_id_index on comment (thread_id)`)
    this.addSql(`create table comment_reaction (
      comment_id uuid not null references comment (id) on delete cascade deferrable initially deferred, emoji varchar(32) not null,
      user_id uuid not null, at timestamptz(3) not null, primary key (comment_id, emoji, user_id))`)
    this.addSql(`create table suggestion (
      document uuid not null references document (id) on delete cascade, id uuid not null, mark uuid not null, user_id uuid,
      kind varchar(16) not null, inserted text not null, deleted text not null, at timestamptz(3), parts jsonb,
      state varchar(16) not null, decided_by uuid, decided_at timestamptz(3), applied boolean not null default false,
      primary key (document, id))`)
    this.addSql(`create index suggestion_unapplied_index on suggestion (document) where state <> 'open' and not applied`)
  }
}
