import './message-composer.css'
import { Alert } from '@mantine/core'
import { useState } from 'react'
import { createRandomKey } from '../../../lib/api-client.ts'
import type { Conversation, Member } from '../../../lib/api-types.ts'
import { CommentForm } from '../../comments/comment-form.tsx'
import type { MessageKind } from '../messages/message-kinds.ts'
import { reportTyping } from '../typing-indicator.tsx'
import { AttachmentList, useAttachments } from './attachments.tsx'
import { ComposerTools } from './composer-tools.tsx'
import { PendingMessageRow, usePendingMessages } from './pending-messages.tsx'

/** Unsent texts by conversation and thread, kept while the page is open. */
const drafts = new Map<string, string>()

interface MessageComposerProps {
  conversation: Conversation
  threadId: string | null
  label: string
  people: Member[]
  autoFocus?: boolean
}

/** Writes and sends a message. A message that could not be sent stays, and can be sent again. */
export function MessageComposer({ conversation, threadId, label, people, autoFocus = false }: MessageComposerProps) {
  const draftKey = `${conversation.id} ${threadId ?? ''}`
  const [kind, setKind] = useState<MessageKind>('GENERAL')
  const { pendingMessages, send, discard } = usePendingMessages(conversation.id)
  const attachments = useAttachments(conversation.id)
  const { files, isUploading, problem } = attachments

  function submit(text: string) {
    const fileIds = files.flatMap(({ id }) => id ?? [])
    send({ key: createRandomKey(), body: { text, kind, fileIds, ...(threadId && { threadId }) } })
    attachments.clear()
    setKind('GENERAL')
  }
  function onTextChange(text: string) {
    drafts.set(draftKey, text)
    if (text.trim() !== '') reportTyping(conversation.id)
  }

  return (
    <div className="message-composer">
      {pendingMessages.map((pending) => (
        <PendingMessageRow key={pending.key} pending={pending} onSendAgain={() => send(pending)} onDiscard={() => discard(pending.key)} />
      ))}
      {problem && (
        <Alert color="red" role="alert" withCloseButton closeButtonLabel="Close" onClose={attachments.dismissProblem}>
          {problem}
        </Alert>
      )}
      <AttachmentList files={files} onRemove={attachments.remove} />
      <CommentForm
        key={draftKey}
        label={label}
        sendLabel="Send"
        people={people}
        initial={drafts.get(draftKey) ?? ''}
        isBusy={isUploading}
        autoFocus={autoFocus}
        sendOnEnter
        canSendEmpty={files.length > 0 && !isUploading}
        onTextChange={onTextChange}
        onSend={submit}
        tools={
          <ComposerTools
            kind={kind}
            canAnnounce={conversation.role === 'owner' || conversation.role === 'editor'}
            onKindChange={setKind}
            onFiles={attachments.add}
          />
        }
      />
    </div>
  )
}
