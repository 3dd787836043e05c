/** Events by who may hear them, for those who come back; and how far they are forgotten. */
import { Migration } from '@mikro-orm/migrations'

export class EventAudience extends Migration {
  override up(): void {
    this.addSql(`alter table event_head add column forgotten bigint not null default 0`)
    this.addSql(`create table event_audience (audience text not null, position bigint not null, primary key (audience, position))`)
    this.addSql(`insert into event_audience (audience, position)
      select distinct unnest(audience), position from event where position is not null`)
  }
}
