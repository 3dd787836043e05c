import { Alert, Button, Group, Modal, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ask, queries } from './client.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'

/** What somebody is about to do to the text of now, by way of its history. */
export interface TurnBack {
  title: string
  words: ReactNode
  /** What is asked of the server, below the document. */
  path: 'restore' | 'undo'
  body: Record<string, unknown>
  /** The word on the button. */
  act: string
  done: string
}

interface TurnBackProps {
  documentName: string
  wanted: TurnBack | null
  onClose: () => void
  onDone: () => void
}

/** Asks before the text is turned back, for everybody sees it at once. */
export function AskToTurnBack({ documentName, wanted, onClose, onDone }: TurnBackProps) {
  const turning = useMutation({
    mutationFn: ({ path, body }: TurnBack) => ask<{ head: number }>('POST', `/api/documents/${documentName}/${path}`, { body }),
    onSuccess: (_, { done }) => {
      say(done)
      close()
      onDone()
      return queries.invalidateQueries({ queryKey: ['history', documentName] })
    },
  })
  function close() {
    turning.reset()
    onClose()
  }
  return (
    <Modal opened={wanted !== null} onClose={close} title={wanted?.title} size="md">
      <Text mb="lg">{wanted?.words}</Text>
      <div role="alert">
        {turning.error && (
          <Alert color="red" mb="md">
            {explain(turning.error)}
          </Alert>
        )}
      </div>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button data-autofocus loading={turning.isPending} onClick={() => wanted && turning.mutate(wanted)}>
          {wanted?.act}
        </Button>
      </Group>
    </Modal>
  )
}
