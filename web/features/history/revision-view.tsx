import '../legal/legal.css'
import './revision-view.css'
import { Alert } from '@mantine/core'
import { Mark } from '@tiptap/core'
import { renderToReactElement } from '@tiptap/static-renderer/pm/react'
import { type CSSProperties, type ReactNode, useMemo, useState } from 'react'
import { isVariableName, proseExtensions, variableLabel } from '../../../domain/documents/richtext/schema.ts'
import { numberContent, parseListStyles } from '../../../domain/documents/richtext/list-styles.ts'
import type { Authorship, PastState } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { LoadingText } from '../../ui/loading.tsx'
import { type RevisionSelection, toAuthorName, useAuthorship, usePastState, useEditSessions } from './history-queries.ts'
import { toUserColor } from '../../lib/user-display.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { numberedContent } from '../editor/numbering/numbered-content.ts'
import { RedlineText } from './redline.tsx'
import { markAuthors, authorMarkName } from './author-marks.ts'

const authorMark = Mark.create({
  name: authorMarkName,
  excludes: '',
  addAttributes: () => ({ userId: { default: null } }),
  renderHTML: () => ['span', 0],
})
const extensions = [...proseExtensions, authorMark, ...numberedContent]

/** Renders the text of a revision as the editor would. */
function renderRevision(
  { content, variables, listStyles }: Pick<PastState, 'content' | 'variables' | 'listStyles'>,
  names: Map<string | null, string>,
): ReactNode {
  return renderToReactElement({
    extensions,
    content: numberContent(content, parseListStyles(Object.entries(listStyles))),
    options: {
      nodeMapping: {
        crossReference: ({ node }) => <span className="cross-reference">{String(node.attrs['shown'] ?? node.attrs['text'])}</span>,
        variable: ({ node }) => {
          const name: unknown = node.attrs['name']
          const [label, value] = isVariableName(name) ? [variableLabel(name), variables[name]] : ['Field without a name']
          return (
            <span className="template-field" title={label} data-empty={value === undefined || undefined}>
              {value ?? label}
            </span>
          )
        },
      },
      markMapping: {
        [authorMarkName]: ({ mark, children }) => {
          const userId = mark.attrs['userId'] as string | null
          return (
            <span
              className="author-text"
              data-author-id={userId ?? ''}
              style={{ '--user-color': toUserColor(userId ?? '') } as CSSProperties}
              title={names.get(userId)}
            >
              {children}
            </span>
          )
        },
      },
      unhandledNode: ({ children }) => <div>{children}</div>,
      unhandledMark: ({ children }) => <span>{children}</span>,
    },
  })
}

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
    return renderRevision({ content: shownContent, variables, listStyles }, names)
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
        <RedlineText documentName={documentName} revisionA={selection.at} revisionB={selection.compareTo ?? head} />
      ) : (
        <RevisionText documentName={documentName} selection={selection} />
      )}
    </article>
  )
}
