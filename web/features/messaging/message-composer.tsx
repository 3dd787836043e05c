import './message-composer.css'
import { ActionIcon, Alert, Button, CloseButton, Loader, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { Paperclip, Tag } from 'lucide-react'
import { useRef, useState } from 'react'
import { request, createRandomKey, withQuery } from '../../lib/api-client.ts'
import { CommentForm } from '../comments/comment-form.tsx'
import type { Conversation, Member, Message } from '../../lib/api-types.ts'
import { toConversationPath, cacheMessage } from './conversation-queries.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { formatFileSize } from '../../lib/download.ts'
import { reportTyping } from './typing-indicator.tsx'

type MessageKind = Message['kind']
const messageKinds: { kind: MessageKind; label: string }[] = [
  { kind: 'GENERAL', label: 'Message' },
  { kind: 'QUESTION', label: 'Question' },
  { kind: 'UPDATE', label: 'Update' },
  { kind: 'CELEBRATION', label: 'Celebration' },
  { kind: 'ANNOUNCEMENT', label: 'Announcement' },
]

interface PendingMessage {
  key: string
  body: { text: string; kind: MessageKind; threadId?: string; fileIds: string[] }
  problem: string | null
}

interface Attachment {
  key: string
  name: string
  size: number
  id: string | null
}

/** Unsent texts by conversation and thread, kept while the page is open. */
const drafts = new Map<string, string>()
const maxFiles = 10

interface MessageComposerProps {
  conversation: Conversation
  threadId: string | null
  label: string
  people: Member[]
  autoFocus?: boolean
}

/** Writes and sends a message. A message that could not be sent stays, and can be sent again. */
export function MessageComposer({ conversation, threadId, label, people, autoFocus = false }: MessageComposerProps) {
  const path = toConversationPath(conversation.id)
  const draftKey = `${conversation.id} ${threadId ?? ''}`
  const [pendingMessages, setPendingMessages] = useState<PendingMessage[]>([])
  const [files, setFiles] = useState<Attachment[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const [kind, setKind] = useState<MessageKind>('GENERAL')
  const fileInput = useRef<HTMLInputElement>(null)
  /** Messages are sent one at a time, in order. */
  const sendQueue = useRef(Promise.resolve())
  const canAnnounce = conversation.role === 'owner' || conversation.role === 'editor'
  const isUploading = files.some(({ id }) => id === null)

  function send(pending: PendingMessage) {
    setPendingMessages((now) => [...now.filter(({ key }) => key !== pending.key), { ...pending, problem: null }])
    sendQueue.current = sendQueue.current.then(() =>
      request<Message>('POST', `${path}/messages`, { body: pending.body, idempotencyKey: pending.key }).then(
        (message) => {
          cacheMessage(message)
          setPendingMessages((now) => now.filter(({ key }) => key !== pending.key))
        },
        (error: unknown) =>
          setPendingMessages((now) =>
            now.map((current) => (current.key === pending.key ? { ...current, problem: toErrorMessage(error) } : current)),
          ),
      ),
    )
  }
  function submit(text: string) {
    const fileIds = files.flatMap(({ id }) => id ?? [])
    send({ key: createRandomKey(), body: { text, kind, fileIds, ...(threadId && { threadId }) }, problem: null })
    setFiles([])
    setKind('GENERAL')
  }
  async function attach(file: File) {
    const key = createRandomKey()
    setFiles((now) => [...now, { key, name: file.name, size: file.size, id: null }])
    try {
      const { id, name } = await request<{ id: string; name: string }>('POST', withQuery(`${path}/files`, { name: file.name }), { file })
      setFiles((now) => now.map((current) => (current.key === key ? { ...current, id, name } : current)))
    } catch (error) {
      setFiles((now) => now.filter((current) => current.key !== key))
      setProblem(`${file.name}: ${toErrorMessage(error)}`)
    }
  }
  function attachFiles(list: FileList | null) {
    setProblem(null)
    const remaining = maxFiles - files.length
    const chosenFiles = [...(list ?? [])]
    if (chosenFiles.length > remaining) setProblem(`A message takes at most ${maxFiles} files.`)
    for (const file of chosenFiles.slice(0, remaining)) void attach(file)
  }

  const kindLabel = messageKinds.find((current) => current.kind === kind)?.label ?? 'Message'
  return (
    <div className="message-composer">
      {pendingMessages.map((pending) => (
        <div key={pending.key} className="pending-message" role={pending.problem ? 'alert' : 'status'}>
          <span className="pending-message-text">{pending.body.text || 'Files'}</span>
          {pending.problem ? (
            <>
              <span className="pending-message-error">Not sent: {pending.problem}</span>
              <Button size="compact-sm" variant="light" onClick={() => send(pending)}>
                Send again
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                onClick={() => setPendingMessages((now) => now.filter(({ key }) => key !== pending.key))}
              >
                Discard
              </Button>
            </>
          ) : (
            <Loader size={14} aria-label="Sending" />
          )}
        </div>
      ))}
      {problem && (
        <Alert color="red" role="alert" withCloseButton closeButtonLabel="Close" onClose={() => setProblem(null)}>
          {problem}
        </Alert>
      )}
      {files.length > 0 && (
        <ul className="message-composer-files" aria-label="Files to send">
          {files.map((file) => (
            <li key={file.key} className="message-composer-file">
              {file.id === null ? <Loader size={14} aria-label="Being uploaded" /> : <Paperclip size={14} aria-hidden="true" />}
              <span>{file.name}</span>
              <span className="message-size">{formatFileSize(file.size)}</span>
              <CloseButton
                size="sm"
                aria-label={`Leave out ${file.name}`}
                onClick={() => setFiles((now) => now.filter(({ key }) => key !== file.key))}
              />
            </li>
          ))}
        </ul>
      )}
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
        onTextChange={(text) => {
          drafts.set(draftKey, text)
          if (text.trim() !== '') reportTyping(conversation.id)
        }}
        onSend={submit}
        tools={
          <span className="message-composer-tools">
            <input
              ref={fileInput}
              type="file"
              multiple
              hidden
              aria-label="Files"
              onChange={(event) => {
                attachFiles(event.currentTarget.files)
                event.currentTarget.value = ''
              }}
            />
            <Tooltip label="Add files">
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Add files" onClick={() => fileInput.current?.click()}>
                <Paperclip size={17} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
            <Menu position="top-start" withinPortal>
              <Menu.Target>
                <UnstyledButton
                  className="message-composer-kind"
                  data-set={kind !== 'GENERAL' || undefined}
                  aria-label={`Kind: ${kindLabel}`}
                >
                  <Tag size={15} aria-hidden="true" /> {kindLabel}
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                {messageKinds
                  .filter((current) => canAnnounce || current.kind !== 'ANNOUNCEMENT')
                  .map((current) => (
                    <Menu.Item key={current.kind} onClick={() => setKind(current.kind)}>
                      {current.label}
                    </Menu.Item>
                  ))}
              </Menu.Dropdown>
            </Menu>
          </span>
        }
      />
    </div>
  )
}
