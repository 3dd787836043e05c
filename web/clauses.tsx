import { Alert, Button, Drawer, Group, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { BookmarkPlus, Search } from 'lucide-react'
import { useState } from 'react'
import { ClauseEntry } from './clause-entry.tsx'
import { ask, withQuery } from './client.ts'
import type { ClauseRow, Page } from './contract.ts'
import type { LiveDocument } from './live.ts'
import { explain } from './problem.ts'
import { SaveClause } from './save-clause.tsx'

interface ClausesProps {
  live: LiveDocument
  editor: Editor
  onClose: () => void
}

function ClauseList({ live, editor, onClose }: ClausesProps) {
  const [q, setQ] = useState('')
  const [wanted] = useDebouncedValue(q.trim(), 200)
  const [saving, setSaving] = useState(false)
  const [saved, setSaved] = useState('')
  const selected = useEditorState({ editor, selector: ({ editor: now }) => !now.state.selection.empty })
  const list = useInfiniteQuery({
    queryKey: ['clauses', wanted],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<ClauseRow>>('GET', withQuery('/api/legal/clauses', { q: wanted, cursor: pageParam }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  })
  const found = list.data?.pages.flatMap(({ items }) => items) ?? []

  function settle(name = '') {
    setSaved(name)
    setSaving(false)
  }
  /** Where the library lies over the text, one wants to see what was put there. */
  function showText() {
    if (matchMedia('(max-width: 48em)').matches) onClose()
  }
  if (saving) return <SaveClause live={live} editor={editor} onDone={settle} />
  return (
    <Stack gap="md">
      <Tooltip label="Select words in the text first" disabled={selected}>
        <Button
          variant="default"
          leftSection={<BookmarkPlus size={16} aria-hidden="true" />}
          data-disabled={!selected || undefined}
          aria-disabled={!selected || undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => selected && setSaving(true)}
        >
          Save the selection as a clause
        </Button>
      </Tooltip>
      <div role="status">
        {saved && (
          <Text size="sm" c="var(--kind-plan)">
            “{saved}” is in the library.
          </Text>
        )}
      </div>
      <TextInput
        type="search"
        aria-label="Search clauses"
        placeholder="Search names, tags and words"
        leftSection={<Search size={16} aria-hidden="true" />}
        maxLength={200}
        value={q}
        onChange={(event) => setQ(event.currentTarget.value)}
      />
      <div role="alert">{list.error && <Alert color="red">{explain(list.error)}</Alert>}</div>
      {list.data && found.length === 0 && (
        <Text c="dimmed" size="sm" role="status">
          {wanted ? 'No clause has all of these words.' : 'No clauses yet. Select a passage that you will need again, and save it here.'}
        </Text>
      )}
      <ul className="clauses" aria-label="Clauses">
        {found.map((clause) => (
          <ClauseEntry key={clause.id} clause={clause} live={live} editor={editor} onInserted={showText} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            More
          </Button>
        </Group>
      )}
    </Stack>
  )
}

/** The clause library beside the text: find one, look at it, put it in; save what is selected. */
export function Clauses({ opened, ...rest }: ClausesProps & { opened: boolean }) {
  return (
    <Drawer opened={opened} onClose={rest.onClose} title="Clauses" size="25rem">
      <ClauseList {...rest} />
    </Drawer>
  )
}
