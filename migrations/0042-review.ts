/** Reviewers of legal documents and their decisions, threads that block sending, and drafts that continue another one. */
import { Migration } from '@mikro-orm/migrations'

export class Review extends Migration {
  override up(): void {
    this.addSql(`alter table comment_thread add column blocking boolean not null default false`)
    this.addSql(`alter table legal_draft add column created_by uuid, add column based_on uuid, add column based_on_seq bigint`)
    this.addSql(`update legal_draft d set created_by = (
      select g.user_id from access_grant g where g.subject = 'legal:' || d.id and g.role = 'owner' order by g.created_at, g.user_id limit 1)`)
    this.addSql(`create table legal_reviewer (
      document uuid not null, user_id uuid not null, added_by uuid not null, added_at timestamptz(3) not null, primary key (document, user_id))`)
    this.addSql(`create index legal_reviewer_user_id_index on legal_reviewer (user_id)`)
    this.addSql(`create table legal_review_decision (
      id uuid primary key, document uuid not null, user_id uuid not null, decision varchar(16) not null, comment text,
      hash varchar(64) not null, seq bigint not null, at timestamptz(3) not null, current boolean not null,
      checked_at timestamptz(3) not null, lapsed_at timestamptz(3))`)
    this.addSql(`create unique index legal_review_decision_current on legal_review_decision (document, user_id) where current`)
    this.addSql(`create index legal_review_decision_held on legal_review_decision (checked_at)
      where current and decision = 'approve' and lapsed_at is null`)
  }
}
