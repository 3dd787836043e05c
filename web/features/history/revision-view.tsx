import './revision-view.css'
import { Alert } from '@mantine/core'
import { useMemo, useState } from 'react'
import { numberContent, parseListStyles } from '../../../domain/documents/richtext/list-styles.ts'
import type { Authorship } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { LoadingText } from '../../ui/loading.tsx'
import {
  type RevisionSelection,
  toAuthorName,
  toComparedRevision,
  useAuthorship,
  usePastState,
  useEditSessions,
} from './history-queries.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { RedlineText } from './changes/redline.tsx'
import { markAuthors } from './author-marks.ts'
import { renderRichText } from './rendered-text.tsx'

interface AuthorLegendProps {
  people: Authorship['people']
  selectedAuthor: string | null | undefined
  onSelectAuthor: (userId: string | null | undefined) => void
}

/** The authors and their shares. Selecting one leaves only their text highlighted, because colors may be similar. */
function AuthorLegend({ people, selectedAuthor, onSelectAuthor }: AuthorLegendProps) {
  const totalCharacters = people.reduce((sum, { signs }) => sum + signs, 0)
  return (
    <ul className="author-legend" aria-label="Who wrote it">
      {people.map(({ userId, name, signs }) => (
        <li key={userId}>
          <button
            type="button"
            className="author-legend-item"
            aria-pressed={selectedAuthor === userId}
            onClick={() => onSelectAuthor(selectedAuthor === userId ? undefined : userId)}
          >
            <Avatar id={userId ?? ''} name={toAuthorName(userId, name)} size={22} />
            <span>{toAuthorName(userId, name)}</span>
            <span className="author-legend-share">{totalCharacters > 0 ? Math.round((100 * signs) / totalCharacters) : 0} %</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function RevisionText({ documentName, selection }: { documentName: string; selection: RevisionSelection }) {
  const [selectedAuthor, setSelectedAuthor] = useState<string | null | undefined>()
  const showsAuthors = selection.view === 'authors'
  const state = usePastState(documentName, selection.at)
  const authorship = useAuthorship(documentName, selection.at, showsAuthors)
  const shownAuthorship = showsAuthors && authorship.data?.at === state.data?.at ? authorship.data : undefined

  const names = useMemo(
    () => new Map(shownAuthorship?.people.map(({ userId, name }) => [userId, toAuthorName(userId, name)])),
    [shownAuthorship],
  )
  const text = useMemo(() => {
    if (!state.data) return null
    const { content, variables, listStyles } = state.data
    const shownContent = shownAuthorship ? markAuthors(content, shownAuthorship.runs, variables) : content
    return renderRichText(numberContent(shownContent, parseListStyles(Object.entries(listStyles))), names, variables)
  }, [state.data, shownAuthorship, names])
  const error = state.error ?? (showsAuthors ? authorship.error : null)

  if (error) return <Alert color="red">{toErrorMessage(error)}</Alert>
  if (state.isPending) return <LoadingText />
  // A CSS rule hides the other authors' colors, so that the text need not be rendered again.
  const rule =
    selectedAuthor === undefined
      ? null
      : `.revision-view .author-text:not([data-author-id="${selectedAuthor ?? ''}"]) { background: none; box-shadow: none; }`
  return (
    <>
      {shownAuthorship && (
        <AuthorLegend people={shownAuthorship.people} selectedAuthor={selectedAuthor} onSelectAuthor={setSelectedAuthor} />
      )}
      {rule && <style>{rule}</style>}
      <div className="rich-text" data-stale={state.isPlaceholderData || undefined}>
        {text}
      </div>
    </>
  )
}

interface RevisionViewProps {
  documentName: string
  selection: RevisionSelection
}

/** The selected revision: its text, its authors, or its changes. */
export function RevisionView({ documentName, selection }: RevisionViewProps) {
  const head = useEditSessions(documentName).data?.pages[0]?.items[0]?.to ?? selection.at
  return (
    <article className="revision-view" aria-label="The text as it was">
      {selection.view === 'changes' ? (
        <RedlineText documentName={documentName} revisionA={selection.at} revisionB={toComparedRevision(selection, head)} />
      ) : (
        <RevisionText documentName={documentName} selection={selection} />
      )}
    </article>
  )
}
