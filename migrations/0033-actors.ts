/** Rows keep which kind of actor caused them, and on whose behalf: a person, an agent or a link. */
import { Migration } from '@mikro-orm/migrations'

const columns = `"position" bigint, event varchar, subject varchar, audience text[], actor uuid, data jsonb, at timestamptz`

export class Actors extends Migration {
  override up(): void {
    // null for a person, and for SmartStart itself: such a row of the journal is as long as before, its null bitmap lies in the row's header
    this.addSql(`alter table document_update add column actor_kind varchar(16), add column on_behalf_of uuid`)
    this.addSql(`alter table event add column actor_kind varchar(16), add column on_behalf_of uuid`)
    // the author in one string, `authorOf`: a person's id stays what it is
    this.addSql(`alter table idempotency rename column user_id to actor`)
    this.addSql(`alter table idempotency alter column actor type varchar(128) using actor::text`)

    // as in 0024, with the two columns
    this.addSql(`create or replace function keep_events(kept jsonb, most int) returns table (${columns}) language plpgsql as $$
      declare
        first_in_line constant boolean := pg_try_advisory_xact_lock(7220002);
        number constant int := jsonb_array_length(kept);
        before bigint;
      begin
        if first_in_line and not exists (select from event e where e.position is null) then
          update event_head h set position = h.position + number returning h.position - number into before;
        end if;
        return query with placed as (
          insert into event (id, position, name, subject, audience, actor, actor_kind, on_behalf_of, data, at)
            select k.id, before + k.n, k.name, k.subject, k.audience, k.actor, k.actor_kind, k.on_behalf_of, k.data, k.at
            from rows from (jsonb_to_recordset(kept)
              as (id uuid, name text, subject text, audience text[], actor uuid, actor_kind text, on_behalf_of uuid, data jsonb, at timestamptz)
            ) with ordinality as k(id, name, subject, audience, actor, actor_kind, on_behalf_of, data, at, n)
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
