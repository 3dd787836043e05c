import { Anchor, Badge, Button, Group, Skeleton, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { ask, queries } from './client.ts'
import type { Clause, ClauseRow, ClauseUse, Page } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { explain } from './problem.ts'
import { ProsePreview } from './prose-preview.tsx'
import { say } from './toast.ts'

const path = (clauseId: string) => `/api/legal/clauses/${clauseId}`

/** Puts a clause after the block at the caret, or in its place where that is an empty line, as an edit or a suggestion of one's own. Answers whether it could be. */
function put(editor: Editor, { content }: Clause): boolean {
  const before = editor.state.doc
  const { $to } = editor.state.selection
  const after = $to.depth > 0 ? $to.after(1) : $to.pos
  const emptyLine = $to.depth === 1 && $to.parent.type.name === 'paragraph' && $to.parent.content.size === 0
  const place = { from: emptyLine ? $to.before(1) : after, to: after }
  const blocks = (content['content'] ?? []) as object[]
  editor.chain().insertContentAt(place, blocks).focus().scrollIntoView().run()
  return !editor.state.doc.eq(before)
}

function Uses({ clauseId }: { clauseId: string }) {
  const uses = useQuery({
    queryKey: ['clause-uses', clauseId],
    queryFn: ({ signal }) => ask<Page<ClauseUse>>('GET', `${path(clauseId)}/uses?limit=50`, { signal }),
    staleTime: 0,
  })
  if (!uses.data) return null
  const drafts = uses.data.items
  return (
    <div>
      <Text size="sm" fw={600} mb={2}>
        {drafts.length > 0 ? 'It was put into' : 'It was not put into any draft that you can open.'}
      </Text>
      <ul className="clause-uses">
        {drafts.map(({ documentName, title, times }) => (
          <li key={documentName}>
            <Anchor component={Link} href={`/documents/${documentName}`} size="sm">
              {title}
            </Anchor>
            {times > 1 && <span className="soft"> · {times} times</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

interface ClauseEntryProps {
  onInserted: () => void
  clause: ClauseRow
  live: LiveDocument
  editor: Editor
}

/** A clause in the library: its name and first words; opened, all of it and where it is used. */
export function ClauseEntry({ clause: { id, name, excerpt, tags, role, ventureId }, live, editor, onInserted }: ClauseEntryProps) {
  const [open, setOpen] = useState(false)
  const [sure, setSure] = useState(false)
  const read = () => ask<Clause>('GET', path(id))
  const whole = useQuery({ queryKey: ['clause', id], queryFn: read, enabled: open })
  const inserting = useMutation({
    mutationFn: async () => {
      const done = put(editor, await read())
      onInserted()
      // what cannot be suggested is refused there, and said so
      if (!done) return
      await ask('PUT', `${path(id)}/uses/${live.name.slice('legal:'.length)}`)
    },
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['clause-uses', id] }),
    onError: (error) => say(explain(error), 'red'),
  })
  const deleting = useMutation({
    mutationFn: () => ask('DELETE', path(id)),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['clauses'] }),
    onError: (error) => say(explain(error), 'red'),
  })

  return (
    <li className="clause">
      <UnstyledButton className="clause-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="clause-name">{name}</span>
        <ChevronDown size={16} aria-hidden="true" className="clause-sign" />
      </UnstyledButton>
      {!open && <p className="clause-excerpt">{excerpt}</p>}
      {open && (whole.data ? <ProsePreview content={whole.data.content} label={`Text of ${name}`} /> : <Skeleton h={80} />)}
      <Group gap={6} className="clause-foot">
        {ventureId && (
          <Badge size="sm" variant="light" color="gray">
            Venture
          </Badge>
        )}
        {tags.map((tag) => (
          <Badge key={tag} size="sm" variant="light">
            {tag}
          </Badge>
        ))}
        <Button size="xs" ml="auto" loading={inserting.isPending} onClick={() => inserting.mutate()} aria-label={`Insert ${name}`}>
          Insert
        </Button>
      </Group>
      {open && <Uses clauseId={id} />}
      {open && role === 'owner' && (
        <Group gap="xs" mt="xs">
          <Button
            size="compact-sm"
            variant={sure ? 'filled' : 'subtle'}
            color="red"
            loading={deleting.isPending}
            onClick={() => (sure ? deleting.mutate() : setSure(true))}
            onBlur={() => setSure(false)}
          >
            {sure ? 'Delete it for good' : 'Delete'}
          </Button>
          {sure && (
            <Text size="xs" c="dimmed">
              Drafts keep what they have.
            </Text>
          )}
        </Group>
      )}
    </li>
  )
}
