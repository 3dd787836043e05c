import { Migration } from '@mikro-orm/migrations'

/** Comment threads that discuss a suggestion, and the text of a thread without the values of its fields, by which it is found again. */
export class SuggestionThreads extends Migration {
  override up(): void {
    this.addSql('alter table comment_thread add column suggestion uuid, add column suggestion_author uuid, add column anchor_text text')
    this.addSql('create unique index comment_thread_suggestion on comment_thread (document, suggestion) where suggestion is not null')
  }
}
