import { Button, Group, List, Modal, Text } from '@mantine/core'
import { useState } from 'react'
import { deleteStoredDocuments, readStoredDocument, listUnsentDocuments } from '../../lib/collab/offline-store.ts'
import { showToast } from '../../ui/toast.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { signOut, useSession } from '../../lib/session.ts'

interface SignOutState {
  /** Titles of documents with edits that only this browser has; null while the dialog is closed. */
  unsentTitles: string[] | null
  start: () => void
  confirm: () => void
  cancel: () => void
}

/** Signs the user out and deletes the documents stored in this browser. Asks first if some have unsent edits. */
export function useSignOut(): SignOutState {
  const { user } = useSession()
  const [unsentTitles, setUnsentTitles] = useState<string[] | null>(null)

  async function finish() {
    setUnsentTitles(null)
    if (!user) return
    await signOut()
    await deleteStoredDocuments(user.id, { keepUnsent: false })
  }
  function start() {
    if (!user) return
    const titles = listUnsentDocuments(user.id).map((name) => readStoredDocument(user.id, name)?.title ?? 'A document')
    if (titles.length > 0) setUnsentTitles(titles)
    else void finish()
  }
  return { unsentTitles, start, confirm: () => void finish(), cancel: () => setUnsentTitles(null) }
}

/** Asks whether to sign out and lose unsent edits. */
export function SignOutDialog({ unsentTitles, confirm, cancel }: SignOutState) {
  return (
    <Modal opened={unsentTitles !== null} onClose={cancel} title="Some changes are only here">
      <Text>The server does not have these yet. Signing out deletes them from this browser, and nobody has another copy.</Text>
      <List my="md">
        {unsentTitles?.map((title) => (
          <List.Item key={title} fw={600}>
            {title}
          </List.Item>
        ))}
      </List>
      <Group justify="flex-end">
        <Button variant="default" onClick={cancel} data-autofocus>
          Stay signed in
        </Button>
        <Button color="red" onClick={confirm}>
          Sign out and lose them
        </Button>
      </Group>
    </Modal>
  )
}

/** Ends every session of the user, this one included. */
export async function signOutEverywhere(userId: string): Promise<void> {
  try {
    await signOut(true)
    await deleteStoredDocuments(userId, { keepUnsent: true })
  } catch (error) {
    showToast(toErrorMessage(error), 'red')
  }
}
