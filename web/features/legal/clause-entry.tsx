import { Anchor, Badge, Button, Group, Skeleton, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Clause, ClauseRow, ClauseUse, Page } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { RichTextPreview } from './rich-text-preview.tsx'
import { showToast } from '../../ui/toast.ts'

const clausePath = (clauseId: string) => `/api/legal/clauses/${clauseId}`

/**
 * Inserts a clause after the block at the caret, or replaces an empty paragraph, as an edit or a suggestion. Returns whether the text
 * changed.
 */
function insertClause(editor: Editor, { content }: Clause): boolean {
  const before = editor.state.doc
  const { $to } = editor.state.selection
  const after = $to.depth > 0 ? $to.after(1) : $to.pos
  const emptyLine = $to.depth === 1 && $to.parent.type.name === 'paragraph' && $to.parent.content.size === 0
  const range = { from: emptyLine ? $to.before(1) : after, to: after }
  const blocks = (content['content'] ?? []) as object[]
  editor.chain().insertContentAt(range, blocks).focus().scrollIntoView().run()
  return !editor.state.doc.eq(before)
}

/** The drafts that a clause was inserted into. */
function ClauseUses({ clauseId }: { clauseId: string }) {
  const uses = useQuery({
    queryKey: ['clause-uses', clauseId],
    queryFn: ({ signal }) => request<Page<ClauseUse>>('GET', `${clausePath(clauseId)}/uses?limit=50`, { signal }),
    staleTime: 0,
  })
  if (!uses.data) return null
  const usedIn = uses.data.items
  return (
    <div>
      <Text size="sm" fw={600} mb={2}>
        {usedIn.length > 0 ? 'It was put into' : 'It was not put into any draft that you can open.'}
      </Text>
      <ul className="clause-uses">
        {usedIn.map(({ documentName, title, times }) => (
          <li key={documentName}>
            <Anchor component={Link} href={`/documents/${documentName}`} size="sm">
              {title}
            </Anchor>
            {times > 1 && <span className="muted-text"> · {times} times</span>}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Deletes a clause. The first click asks for confirmation. */
function DeleteClauseButton({ clauseId }: { clauseId: string }) {
  const [isConfirming, setIsConfirming] = useState(false)
  const deleting = useMutation({
    mutationFn: () => request('DELETE', clausePath(clauseId)),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['clauses'] }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return (
    <Group gap="xs" mt="xs">
      <Button
        size="compact-sm"
        variant={isConfirming ? 'filled' : 'subtle'}
        color="red"
        loading={deleting.isPending}
        onClick={() => (isConfirming ? deleting.mutate() : setIsConfirming(true))}
        onBlur={() => setIsConfirming(false)}
      >
        {isConfirming ? 'Delete it for good' : 'Delete'}
      </Button>
      {isConfirming && (
        <Text size="xs" c="dimmed">
          Drafts keep what they have.
        </Text>
      )}
    </Group>
  )
}

interface ClauseEntryProps {
  clause: ClauseRow
  liveDocument: LiveDocument
  editor: Editor
  onInserted: () => void
}

/** A clause of the library: name and excerpt; expanded, its text and the drafts that use it. */
export function ClauseEntry({ clause: { id, name, excerpt, tags, role, ventureId }, liveDocument, editor, onInserted }: ClauseEntryProps) {
  const [isOpen, setIsOpen] = useState(false)
  const fetchClause = () => request<Clause>('GET', clausePath(id))
  const detail = useQuery({ queryKey: ['clause', id], queryFn: fetchClause, enabled: isOpen })
  const inserting = useMutation({
    mutationFn: async () => {
      const isInserted = insertClause(editor, await fetchClause())
      onInserted()
      // A rejected suggestion has shown its own message.
      if (!isInserted) return
      await request('PUT', `${clausePath(id)}/uses/${liveDocument.name.slice('legal:'.length)}`)
    },
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['clause-uses', id] }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })

  return (
    <li className="clause-entry">
      <UnstyledButton className="clause-header" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <span className="clause-name">{name}</span>
        <ChevronDown size={16} aria-hidden="true" className="clause-icon" />
      </UnstyledButton>
      {!isOpen && <p className="clause-excerpt">{excerpt}</p>}
      {isOpen && (detail.data ? <RichTextPreview content={detail.data.content} label={`Text of ${name}`} /> : <Skeleton h={80} />)}
      <Group gap={6}>
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
      {isOpen && <ClauseUses clauseId={id} />}
      {isOpen && role === 'owner' && <DeleteClauseButton clauseId={id} />}
    </li>
  )
}
