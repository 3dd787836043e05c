import './presence.css'
import { Popover, Tooltip, UnstyledButton } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { User } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { joinPresence } from '../../lib/event-stream.ts'
import { type Person, parsePerson } from '../../lib/user-display.ts'

/** As many avatars as fit on a phone. */
const maxAvatars = 4

/** The people in a document, each once however many tabs they have, the user first. */
function listPeople({ awareness }: LiveDocument, self: User): Person[] {
  const people = new Map<string, Person>([[self.id, { id: self.id, name: self.name }]])
  for (const state of awareness.getStates().values()) {
    const person = parsePerson(state?.['user'])
    if (person && !people.has(person.id)) people.set(person.id, person)
  }
  return [...people.values()]
}

function useDocumentPeople(liveDocument: LiveDocument, self: User): Person[] {
  const [people, setPeople] = useState<Person[]>([])
  useEffect(() => {
    function update() {
      const next = listPeople(liveDocument, self)
      // Awareness changes with every cursor move, the list of people does not.
      setPeople((now) => (JSON.stringify(now) === JSON.stringify(next) ? now : next))
    }
    update()
    liveDocument.awareness.on('change', update)
    return () => liveDocument.awareness.off('change', update)
  }, [liveDocument, self])
  return people
}

/** Who is in a document. */
export function DocumentPresence({ liveDocument, user }: { liveDocument: LiveDocument; user: User }) {
  return <PresenceAvatars people={useDocumentPeople(liveDocument, user)} user={user} />
}

/** Who has a conversation of a space or a venture open. */
export function ConversationPresence({ subject, user }: { subject: string; user: User }) {
  const [others, setOthers] = useState<Person[]>([])
  useEffect(
    () => joinPresence(subject, (all) => setOthers(all.flatMap(({ userId, name }) => (userId === user.id ? [] : [{ id: userId, name }])))),
    [subject, user.id],
  )
  return <PresenceAvatars people={[{ id: user.id, name: user.name }, ...others]} user={user} />
}

/** Avatars of the people here, the user first. */
function PresenceAvatars({ people, user }: { people: Person[]; user: User }) {
  const hiddenCount = people.length - maxAvatars
  const label = people.length > 1 ? `${people.length} people here: ${people.map(({ name }) => name).join(', ')}` : 'Only you are here'
  return (
    <Popover position="bottom-end" shadow="md" radius="md" withinPortal>
      <Popover.Target>
        <UnstyledButton className="presence" aria-label={label}>
          {people.slice(0, maxAvatars).map(({ id, name }) => (
            <Tooltip key={id} label={id === user.id ? `${name} (you)` : name}>
              <span className="presence-avatar">
                <Avatar id={id} name={name} size={30} />
              </span>
            </Tooltip>
          ))}
          {hiddenCount > 0 && <span className="presence-more">+{hiddenCount}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className="presence-list">
          {people.map(({ id, name }) => (
            <li key={id}>
              <Avatar id={id} name={name} size={26} />
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
