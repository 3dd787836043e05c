/** Drafts that begin with a template; clauses, and where they were inserted. */
import { Migration } from '@mikro-orm/migrations'

export class Templates extends Migration {
  override up(): void {
    this.addSql(`alter table legal_draft add column template_id varchar(64)`)
    this.addSql(`create table legal_clause (
      id uuid primary key, created_at timestamptz(3) not null, updated_at timestamptz(3) not null, name varchar(200) not null,
      content jsonb not null, words text not null, tags text[] not null, owner_id uuid not null references "user" (id) deferrable initially deferred,
      venture_id uuid references venture (id) deferrable initially deferred, version int not null default 1)`)
    this.addSql(`create index legal_clause_owner_id_index on legal_clause (owner_id)`)
    this.addSql(`create index legal_clause_venture_id_index on legal_clause (venture_id)`)
    this.addSql(`create table legal_clause_use (
      clause_id uuid not null references legal_clause (id) on delete cascade, draft_id uuid not null references legal_draft (id) on delete cascade,
      times int not null, first_at timestamptz(3) not null, last_at timestamptz(3) not null, primary key (clause_id, draft_id))`)
    this.addSql(`create index legal_clause_use_draft_id_index on legal_clause_use (draft_id)`)
  }
}
