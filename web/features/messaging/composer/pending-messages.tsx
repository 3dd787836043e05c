import { Button, Loader } from '@mantine/core'
import { useRef, useState } from 'react'
import { request } from '../../../lib/api-client.ts'
import type { Message } from '../../../lib/api-types.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { cacheMessage, toConversationPath } from '../conversation-queries.ts'
import type { MessageKind } from '../messages/message-kinds.ts'

/** A message that the server has not confirmed yet. */
export interface PendingMessage {
  /** The idempotency key. */
  key: string
  body: { text: string; kind: MessageKind; threadId?: string; fileIds: string[] }
  /** Why it could not be sent; null while it is being sent. */
  problem: string | null
}

/** Sends the messages of a conversation one at a time, in order. Those that could not be sent stay, and can be sent again. */
export function usePendingMessages(conversationId: string) {
  const [pendingMessages, setPendingMessages] = useState<PendingMessage[]>([])
  const sendQueue = useRef(Promise.resolve())

  const discard = (key: string) => setPendingMessages((now) => now.filter((current) => current.key !== key))
  function send({ key, body }: Pick<PendingMessage, 'key' | 'body'>) {
    setPendingMessages((now) => [...now.filter((current) => current.key !== key), { key, body, problem: null }])
    sendQueue.current = sendQueue.current.then(() =>
      request<Message>('POST', `${toConversationPath(conversationId)}/messages`, { body, idempotencyKey: key }).then(
        (message) => {
          cacheMessage(message)
          discard(key)
        },
        (error: unknown) =>
          setPendingMessages((now) =>
            now.map((current) => (current.key === key ? { ...current, problem: toErrorMessage(error) } : current)),
          ),
      ),
    )
  }
  return { pendingMessages, send, discard }
}

interface PendingMessageRowProps {
  pending: PendingMessage
  onSendAgain: () => void
  onDiscard: () => void
}

/** A message that is being sent or could not be sent. */
export function PendingMessageRow({ pending: { body, problem }, onSendAgain, onDiscard }: PendingMessageRowProps) {
  return (
    <div className="pending-message" role={problem ? 'alert' : 'status'}>
      <span className="pending-message-text" dir="auto">
        {body.text || 'Files'}
      </span>
      {problem ? (
        <>
          <span className="pending-message-error">Not sent: {problem}</span>
          <Button size="compact-sm" variant="light" onClick={onSendAgain}>
            Send again
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onDiscard}>
            Discard
          </Button>
        </>
      ) : (
        <Loader size={14} aria-label="Sending" />
      )}
    </div>
  )
}
