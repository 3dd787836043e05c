/** Events get their positions in the transaction that keeps them, where no other one is at it; and numbering is planned for as few rows as it has. */
import { Migration } from '@mikro-orm/migrations'

const columns = `"position" bigint, event varchar, subject varchar, audience text[], actor uuid, data jsonb, at timestamptz`

export class KeptEvents extends Migration {
  override up(): void {
    // the head in a variable: joined as a table, of which the planner believes that it has thousands of rows, PostgreSQL compiled the statement each time, for 6 to 9 ms
    this.addSql(`create or replace function number_events(most int) returns table (${columns}) language plpgsql as $$
      declare
        ids uuid[];
        before bigint;
      begin
        if not exists (select from event e where e.position is null) then return; end if;
        perform pg_advisory_xact_lock(7220002);
        ids := array(select e.id from event e where e.position is null order by e.id limit most);
        update event_head h set position = h.position + cardinality(ids) returning h.position - cardinality(ids) into before;
        return query with numbered as (
          update event e set position = before + waiting.n from unnest(ids) with ordinality as waiting(id, n) where e.id = waiting.id
          returning e.position, e.name, e.subject, e.audience, e.actor, e.data, e.at
        ), placed as (
          insert into event_audience (audience, position) select unnest(numbered.audience), numbered.position from numbered
        )
        select numbered.position, numbered.name, numbered.subject, numbered.audience, numbered.actor, numbered.data, numbered.at
        from numbered order by numbered.position;
      end $$`)

    // It never waits: a transaction that holds rows, and waits for one that waits for those rows, would wait forever. Where it has the lock, positions
    // are in order of visibility as ever, since the lock is held until the commit; that is why this is a transaction's last statement.
    this.addSql(`create function keep_events(kept jsonb, most int) returns table (${columns}) language plpgsql as $$
      declare
        first_in_line constant boolean := pg_try_advisory_xact_lock(7220002);
        number constant int := jsonb_array_length(kept);
        before bigint;
      begin
        if first_in_line and not exists (select from event e where e.position is null) then
          update event_head h set position = h.position + number returning h.position - number into before;
        end if;
        return query with placed as (
          insert into event (id, position, name, subject, audience, actor, data, at)
            select k.id, before + k.n, k.name, k.subject, k.audience, k.actor, k.data, k.at
            from rows from (jsonb_to_recordset(kept)
              as (id uuid, name text, subject text, audience text[], actor uuid, data jsonb, at timestamptz)
            ) with ordinality as k(id, name, subject, audience, actor, data, at, n)
          returning event.position, event.name, event.subject, event.audience, event.actor, event.data, event.at
        ), heard as (
          insert into event_audience (audience, position)
            select unnest(placed.audience), placed.position from placed where placed.position is not null
        )
        select placed.position, placed.name, placed.subject, placed.audience, placed.actor, placed.data, placed.at
        from placed where placed.position is not null order by placed.position;
        -- those that wait were there before
        if first_in_line and before is null then return query select * from number_events(most); end if;
      end $$`)
  }
}
