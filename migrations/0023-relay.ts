/** Events get their positions by one statement; jobs follow them by a cursor of their own. */
import { Migration } from '@mikro-orm/migrations'

export class Relay extends Migration {
  override up(): void {
    // one relay at a time, over all nodes; each statement after the lock sees what was committed before it
    this.addSql(`create function number_events(most int) returns table (
        "position" bigint, event varchar, subject varchar, audience text[], actor uuid, data jsonb, at timestamptz)
      language plpgsql as $$
      begin
        if not exists (select from event e where e.position is null) then return; end if;
        perform pg_advisory_xact_lock(7220002);
        return query with waiting as (
          select e.id, row_number() over (order by e.id) as n from event e where e.position is null order by e.id limit most
        ), head as (
          update event_head h set position = h.position + (select count(*) from waiting) returning h.position
        ), numbered as (
          update event e set position = head.position - (select count(*) from waiting) + waiting.n
          from waiting, head where e.id = waiting.id
          returning e.position, e.name, e.subject, e.audience, e.actor, e.data, e.at
        ), placed as (
          insert into event_audience (audience, position) select unnest(numbered.audience), numbered.position from numbered
        )
        select numbered.position, numbered.name, numbered.subject, numbered.audience, numbered.actor, numbered.data, numbered.at
        from numbered order by numbered.position;
      end $$`)
    this.addSql(`insert into event_cursor (name, position) select 'reactions', position from event_head`)
  }
}
