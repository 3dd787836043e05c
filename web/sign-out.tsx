import { Button, Group, List, Modal, Text } from '@mantine/core'
import { useState } from 'react'
import { deleteCopies, recall, unsentDocuments } from './copies.ts'
import { say } from './toast.ts'
import { explain } from './problem.ts'
import { leave, useSession } from './session.ts'

interface Leaving {
  /** Titles of documents that hold what only this browser has; null while nobody is leaving. */
  unsent: string[] | null
  begin: () => void
  confirm: () => void
  stay: () => void
}

/** Signing out deletes the copies in this browser; where they hold what nobody else has, it asks first. */
export function useSignOut(): Leaving {
  const { user } = useSession()
  const [unsent, setUnsent] = useState<string[] | null>(null)

  async function go() {
    setUnsent(null)
    if (!user) return
    await leave()
    await deleteCopies(user.id, { keepUnsent: false })
  }
  function begin() {
    if (!user) return
    const titles = unsentDocuments(user.id).map((name) => recall(user.id, name)?.title ?? 'A document')
    if (titles.length > 0) setUnsent(titles)
    else void go()
  }
  return { unsent, begin, confirm: () => void go(), stay: () => setUnsent(null) }
}

/** Asks whether to lose what has not been sent. */
export function Farewell({ unsent, confirm, stay }: Leaving) {
  return (
    <Modal opened={unsent !== null} onClose={stay} title="Some changes are only here">
      <Text>The server does not have these yet. Signing out deletes them from this browser, and nobody has another copy.</Text>
      <List my="md">
        {unsent?.map((title) => (
          <List.Item key={title} fw={600}>
            {title}
          </List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button variant="default" onClick={stay} data-autofocus>
          Stay signed in
        </Button>
        <Button color="red" onClick={confirm}>
          Sign out and lose them
        </Button>
      </Group>
    </Modal>
  )
}

/** Ends every session of mine, this one included. */
export async function signOutEverywhere(userId: string): Promise<void> {
  try {
    await leave(true)
    await deleteCopies(userId, { keepUnsent: true })
  } catch (error) {
    say(explain(error), 'red')
  }
}
