import { Anchor, Button } from '@mantine/core'
import { Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { queryClient, request } from '../../../lib/api-client.ts'
import type { Envelope } from '../../../lib/api-types.ts'
import { ConfirmDialog } from '../../../ui/undo/confirm-dialog.tsx'
import { toEnvelopePath } from '../signing-access.ts'

/** Deletes an envelope that was not sent. */
function DeleteButton({ envelope }: { envelope: Envelope }) {
  const [isOpen, setIsOpen] = useState(false)
  const [, navigate] = useLocation()
  async function remove() {
    await request('DELETE', toEnvelopePath(envelope.id))
    void queryClient.invalidateQueries({ queryKey: ['envelopes'] })
    navigate(`/documents/legal:${envelope.documentId}`)
  }
  return (
    <>
      <Button size="md" variant="default" leftSection={<Trash2 size={16} aria-hidden="true" />} onClick={() => setIsOpen(true)}>
        Delete
      </Button>
      <ConfirmDialog
        opened={isOpen}
        title="Delete this envelope?"
        buttonLabel="Delete"
        buttonColor="red"
        action={remove}
        onClose={() => setIsOpen(false)}
      >
        Nothing was sent. The document stays as it is.
      </ConfirmDialog>
    </>
  )
}

interface SendBarProps {
  envelope: Envelope
  /** How many people are asked to act. */
  asked: number
  canSend: boolean
  saveStatus: string
  onSend: () => Promise<unknown>
}

/** The bar at the lower edge: whether it is saved, delete, send. */
export function SendBar({ envelope, asked, canSend, saveStatus, onSend }: SendBarProps) {
  const [isConfirming, setIsConfirming] = useState(false)
  return (
    <div className="sign-bar prepare-bar">
      <span role="status" className="prepare-saved">
        {saveStatus}
      </span>
      <Anchor component={Link} href={`/documents/legal:${envelope.documentId}`} className="prepare-document-link">
        Back to the document
      </Anchor>
      <DeleteButton envelope={envelope} />
      <Button size="md" leftSection={<Send size={17} aria-hidden="true" />} disabled={!canSend} onClick={() => setIsConfirming(true)}>
        Send
      </Button>
      <ConfirmDialog
        opened={isConfirming}
        title="Send for signature?"
        buttonLabel="Send"
        action={onSend}
        onClose={() => setIsConfirming(false)}
      >
        {`The text can no longer be changed: it is frozen for everybody. ${asked} ${asked === 1 ? 'person is' : 'people are'} asked to act, in the order above.`}
      </ConfirmDialog>
    </div>
  )
}
