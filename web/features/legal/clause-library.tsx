import { Button, Drawer, Group, Stack, Text, TextInput, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { BookmarkPlus, Search } from 'lucide-react'
import { useState } from 'react'
import { ClauseEntry } from './clause-entry.tsx'
import type { ClauseRow } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { FormError } from '../../ui/form.tsx'
import { SaveClauseForm } from './save-clause-form.tsx'

interface ClauseLibraryProps {
  liveDocument: LiveDocument
  editor: Editor
  onClose: () => void
}

/** The clauses that the user can use, or those that match a search. */
const useClauses = (search: string) =>
  usePagedQuery<ClauseRow>({ queryKey: ['clauses', search], path: '/api/legal/clauses', query: { q: search }, keepsPrevious: true })

/** Opens the form that saves the selected text. A click leaves the selection. */
function SaveSelectionButton({ editor, onClick }: { editor: Editor; onClick: () => void }) {
  const hasSelection = useEditorState({ editor, selector: ({ editor: now }) => !now.state.selection.empty })
  return (
    <Tooltip label="Select words in the text first" disabled={hasSelection}>
      <Button
        variant="default"
        leftSection={<BookmarkPlus size={16} aria-hidden="true" />}
        data-disabled={!hasSelection || undefined}
        aria-disabled={!hasSelection || undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => hasSelection && onClick()}
      >
        Save the selection as a clause
      </Button>
    </Tooltip>
  )
}

function ClauseList({ liveDocument, editor, onClose }: ClauseLibraryProps) {
  const [query, setQuery] = useState('')
  const [search] = useDebouncedValue(query.trim(), 200)
  const [isSaving, setIsSaving] = useState(false)
  const [savedName, setSavedName] = useState('')
  const { list, items: clauses } = useClauses(search)

  function closeForm(name = '') {
    setSavedName(name)
    setIsSaving(false)
  }
  /** On narrow screens the library covers the text: close it to show the inserted clause. */
  function showText() {
    if (matchMedia('(max-width: 48em)').matches) onClose()
  }
  if (isSaving) return <SaveClauseForm liveDocument={liveDocument} editor={editor} onDone={closeForm} />
  return (
    <Stack gap="md">
      <SaveSelectionButton editor={editor} onClick={() => setIsSaving(true)} />
      <div role="status">
        {savedName && (
          <Text size="sm" c="var(--kind-plan)">
            “{savedName}” is in the library.
          </Text>
        )}
      </div>
      <TextInput
        type="search"
        aria-label="Search clauses"
        placeholder="Search names, tags and words"
        leftSection={<Search size={16} aria-hidden="true" />}
        maxLength={200}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <FormError message={list.error && toErrorMessage(list.error)} />
      {list.data && clauses.length === 0 && (
        <Text c="dimmed" size="sm" role="status">
          {search ? 'No clause has all of these words.' : 'No clauses yet. Select a passage that you will need again, and save it here.'}
        </Text>
      )}
      <ul className="clause-list" aria-label="Clauses">
        {clauses.map((clause) => (
          <ClauseEntry key={clause.id} clause={clause} liveDocument={liveDocument} editor={editor} onInserted={showText} />
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

/** The clause library: search, preview and insert clauses; save the selection as a clause. */
export function ClauseLibrary({ opened, ...rest }: ClauseLibraryProps & { opened: boolean }) {
  return (
    <Drawer opened={opened} onClose={rest.onClose} title="Clauses" size="25rem">
      <ClauseList {...rest} />
    </Drawer>
  )
}
