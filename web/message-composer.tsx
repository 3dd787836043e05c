import { ActionIcon, Alert, Button, CloseButton, Loader, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { Paperclip, Tag } from 'lucide-react'
import { useRef, useState } from 'react'
import { ask, freshKey, withQuery } from './client.ts'
import { CommentField } from './comment-field.tsx'
import type { Conversation, Member, Message } from './contract.ts'
import { pathOf, place } from './conversing.ts'
import { explain } from './problem.ts'
import { sizeInWords } from './saved-file.ts'
import { type } from './typing.tsx'

type Kind = Message['kind']
const kinds: { kind: Kind; label: string }[] = [
  { kind: 'GENERAL', label: 'Message' },
  { kind: 'QUESTION', label: 'Question' },
  { kind: 'UPDATE', label: 'Update' },
  { kind: 'CELEBRATION', label: 'Celebration' },
  { kind: 'ANNOUNCEMENT', label: 'Announcement' },
]

interface Sent {
  key: string
  body: { text: string; kind: Kind; threadId?: string; fileIds: string[] }
  problem: string | null
}

interface Attached {
  key: string
  name: string
  size: number
  id: string | null
}

/** What was begun and not sent, by conversation and thread: it is there when one comes back. */
const begun = new Map<string, string>()
const mostFiles = 10

interface ComposerProps {
  conversation: Conversation
  threadId: string | null
  label: string
  people: Member[]
  autoFocus?: boolean
}

/** Where a message is written and sent. What could not be sent stays, and can be sent again. */
export function MessageComposer({ conversation, threadId, label, people, autoFocus = false }: ComposerProps) {
  const path = pathOf(conversation.id)
  const draftKey = `${conversation.id} ${threadId ?? ''}`
  const [waiting, setWaiting] = useState<Sent[]>([])
  const [files, setFiles] = useState<Attached[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  const [kind, setKind] = useState<Kind>('GENERAL')
  const chooser = useRef<HTMLInputElement>(null)
  /** One after the other, in the order in which they were written. */
  const turns = useRef(Promise.resolve())
  const announces = conversation.role === 'owner' || conversation.role === 'editor'
  const uploading = files.some(({ id }) => id === null)

  function send(sent: Sent) {
    setWaiting((now) => [...now.filter(({ key }) => key !== sent.key), { ...sent, problem: null }])
    turns.current = turns.current.then(() =>
      ask<Message>('POST', `${path}/messages`, { body: sent.body, idempotencyKey: sent.key }).then(
        (message) => {
          place(message)
          setWaiting((now) => now.filter(({ key }) => key !== sent.key))
        },
        (error: unknown) => setWaiting((now) => now.map((one) => (one.key === sent.key ? { ...one, problem: explain(error) } : one))),
      ),
    )
  }
  function submit(text: string) {
    const fileIds = files.flatMap(({ id }) => id ?? [])
    send({ key: freshKey(), body: { text, kind, fileIds, ...(threadId && { threadId }) }, problem: null })
    setFiles([])
    setKind('GENERAL')
  }
  async function attach(file: File) {
    const key = freshKey()
    setFiles((now) => [...now, { key, name: file.name, size: file.size, id: null }])
    try {
      const { id, name } = await ask<{ id: string; name: string }>('POST', withQuery(`${path}/files`, { name: file.name }), { file })
      setFiles((now) => now.map((one) => (one.key === key ? { ...one, id, name } : one)))
    } catch (error) {
      setFiles((now) => now.filter((one) => one.key !== key))
      setProblem(`${file.name}: ${explain(error)}`)
    }
  }
  function choose(list: FileList | null) {
    setProblem(null)
    const room = mostFiles - files.length
    const chosen = [...(list ?? [])]
    if (chosen.length > room) setProblem(`A message takes at most ${mostFiles} files.`)
    for (const file of chosen.slice(0, room)) void attach(file)
  }

  const chosenKind = kinds.find((one) => one.kind === kind)?.label ?? 'Message'
  return (
    <div className="composer">
      {waiting.map((sent) => (
        <div key={sent.key} className="composer-waiting" role={sent.problem ? 'alert' : 'status'}>
          <span className="composer-words">{sent.body.text || 'Files'}</span>
          {sent.problem ? (
            <>
              <span className="composer-problem">Not sent: {sent.problem}</span>
              <Button size="compact-sm" variant="light" onClick={() => send(sent)}>
                Send again
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                onClick={() => setWaiting((now) => now.filter(({ key }) => key !== sent.key))}
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
        <ul className="composer-files" aria-label="Files to send">
          {files.map((file) => (
            <li key={file.key} className="composer-file">
              {file.id === null ? <Loader size={14} aria-label="Being uploaded" /> : <Paperclip size={14} aria-hidden="true" />}
              <span>{file.name}</span>
              <span className="message-size">{sizeInWords(file.size)}</span>
              <CloseButton
                size="sm"
                aria-label={`Leave out ${file.name}`}
                onClick={() => setFiles((now) => now.filter(({ key }) => key !== file.key))}
              />
            </li>
          ))}
        </ul>
      )}
      <CommentField
        key={draftKey}
        label={label}
        send="Send"
        people={people}
        initial={begun.get(draftKey) ?? ''}
        busy={uploading}
        autoFocus={autoFocus}
        enterSends
        ready={files.length > 0 && !uploading}
        onText={(text) => {
          begun.set(draftKey, text)
          if (text.trim() !== '') type(conversation.id)
        }}
        onSend={submit}
        tools={
          <span className="composer-tools">
            <input
              ref={chooser}
              type="file"
              multiple
              hidden
              aria-label="Files"
              onChange={(event) => {
                choose(event.currentTarget.files)
                event.currentTarget.value = ''
              }}
            />
            <Tooltip label="Add files">
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Add files" onClick={() => chooser.current?.click()}>
                <Paperclip size={17} aria-hidden="true" />
              </ActionIcon>
            </Tooltip>
            <Menu position="top-start" withinPortal>
              <Menu.Target>
                <UnstyledButton className="composer-kind" data-set={kind !== 'GENERAL' || undefined} aria-label={`Kind: ${chosenKind}`}>
                  <Tag size={15} aria-hidden="true" /> {chosenKind}
                </UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                {kinds
                  .filter((one) => announces || one.kind !== 'ANNOUNCEMENT')
                  .map((one) => (
                    <Menu.Item key={one.kind} onClick={() => setKind(one.kind)}>
                      {one.label}
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
