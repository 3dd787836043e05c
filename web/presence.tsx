import './presence.css'
import { Popover, Tooltip, UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { User } from './contract.ts'
import { Face } from './face.tsx'
import type { LiveDocument } from './live.ts'
import { attend } from './news.ts'
import { type Person, personFrom } from './person.ts'

/** As many faces as fit on a phone. */
const SHOWN = 4

/** Everybody whose cursor or eye is here, each once however many tabs they have; oneself first. */
function peopleIn({ awareness }: LiveDocument, me: User): Person[] {
  const people = new Map<string, Person>([[me.id, { id: me.id, name: me.name }]])
  for (const state of awareness.getStates().values()) {
    const person = personFrom(state?.['user'])
    if (person && !people.has(person.id)) people.set(person.id, person)
  }
  return [...people.values()]
}

function usePeople(live: LiveDocument, me: User): Person[] {
  const [people, setPeople] = useState<Person[]>([])
  useEffect(() => {
    function look() {
      const next = peopleIn(live, me)
      // Awareness changes with every move of a cursor, who is here does not.
      setPeople((now) => (JSON.stringify(now) === JSON.stringify(next) ? now : next))
    }
    look()
    live.awareness.on('change', look)
    return () => live.awareness.off('change', look)
  }, [live, me])
  return people
}

/** Who is in a document. */
export function Presence({ live, user }: { live: LiveDocument; user: User }) {
  return <PeopleHere people={usePeople(live, user)} user={user} />
}

/** Who has a conversation of a space or a venture open. */
export function Attendance({ subject, user }: { subject: string; user: User }) {
  const [others, setOthers] = useState<Person[]>([])
  useEffect(
    () => attend(subject, (all) => setOthers(all.flatMap(({ userId, name }) => (userId === user.id ? [] : [{ id: userId, name }])))),
    [subject, user.id],
  )
  return <PeopleHere people={[{ id: user.id, name: user.name }, ...others]} user={user} />
}

/** Faces of those who are here, oneself first. */
function PeopleHere({ people, user }: { people: Person[]; user: User }) {
  const more = people.length - SHOWN
  const label = people.length > 1 ? `${people.length} people here: ${people.map(({ name }) => name).join(', ')}` : 'Only you are here'
  return (
    <Popover position="bottom-end" shadow="md" radius="md" withinPortal>
      <Popover.Target>
        <UnstyledButton className="presence" aria-label={label}>
          {people.slice(0, SHOWN).map(({ id, name }) => (
            <Tooltip key={id} label={id === user.id ? `${name} (you)` : name}>
              <span className="presence-face">
                <Face id={id} name={name} size={30} />
              </span>
            </Tooltip>
          ))}
          {more > 0 && <span className="presence-more">+{more}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className="presence-list">
          {people.map(({ id, name }) => (
            <li key={id}>
              <Face id={id} name={name} size={26} />
              <span>
                {name}
                {id === user.id && ' (you)'}
              </span>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  )
}
