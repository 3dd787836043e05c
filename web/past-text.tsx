import './draft.css'
import './past.css'
import { Alert } from '@mantine/core'
import { Mark } from '@tiptap/core'
import { renderToReactElement } from '@tiptap/static-renderer/pm/react'
import { type CSSProperties, type ReactNode, useMemo, useState } from 'react'
import { isVariableName, proseExtensions, variableLabel } from '../domain/documents/prose.ts'
import type { Authorship, PastState } from './contract.ts'
import { Face } from './face.tsx'
import { WaitingText } from './lost.tsx'
import { type Chosen, nameOf, useAuthorship, usePastState, useStretches } from './moments.ts'
import { colourOf } from './person.ts'
import { explain } from './problem.ts'
import { RedlineText } from './redline.tsx'
import { withWriters, writerMark } from './written.ts'

const writer = Mark.create({
  name: writerMark,
  excludes: '',
  addAttributes: () => ({ userId: { default: null } }),
  renderHTML: () => ['span', 0],
})
const extensions = [...proseExtensions, writer]

/** The text of a moment, drawn as the editor draws it. */
function drawn({ content, variables }: Pick<PastState, 'content' | 'variables'>, names: Map<string | null, string>): ReactNode {
  return renderToReactElement({
    extensions,
    content,
    options: {
      nodeMapping: {
        variable: ({ node }) => {
          const name: unknown = node.attrs['name']
          const [label, value] = isVariableName(name) ? [variableLabel(name), variables[name]] : ['Field without a name']
          return (
            <span className="field" title={label} data-empty={value === undefined || undefined}>
              {value ?? label}
            </span>
          )
        },
      },
      markMapping: {
        [writerMark]: ({ mark, children }) => {
          const userId = mark.attrs['userId'] as string | null
          return (
            <span
              className="written"
              data-writer={userId ?? ''}
              style={{ '--who': colourOf(userId ?? '') } as CSSProperties}
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

interface LegendProps {
  people: Authorship['people']
  alone: string | null | undefined
  onAlone: (userId: string | null | undefined) => void
}

/** Who wrote how much. Choosing somebody leaves only their words in colour, for colours may be alike. */
function Legend({ people, alone, onAlone }: LegendProps) {
  const all = people.reduce((sum, { signs }) => sum + signs, 0)
  return (
    <ul className="legend" aria-label="Who wrote it">
      {people.map(({ userId, name, signs }) => (
        <li key={userId}>
          <button
            type="button"
            className="legend-person"
            aria-pressed={alone === userId}
            onClick={() => onAlone(alone === userId ? undefined : userId)}
          >
            <Face id={userId ?? ''} name={nameOf(userId, name)} size={22} />
            <span>{nameOf(userId, name)}</span>
            <span className="legend-share">{all > 0 ? Math.round((100 * signs) / all) : 0} %</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function Drawn({ documentName, chosen }: { documentName: string; chosen: Chosen }) {
  const [alone, setAlone] = useState<string | null | undefined>()
  const authors = chosen.view === 'authors'
  const state = usePastState(documentName, chosen.at)
  const written = useAuthorship(documentName, chosen.at, authors)
  const authorship = authors && written.data?.at === state.data?.at ? written.data : undefined

  const names = useMemo(() => new Map(authorship?.people.map(({ userId, name }) => [userId, nameOf(userId, name)])), [authorship])
  const text = useMemo(() => {
    if (!state.data) return null
    const { content, variables } = state.data
    return drawn({ content: authorship ? withWriters(content, authorship.runs, variables) : content, variables }, names)
  }, [state.data, authorship, names])
  const error = state.error ?? (authors ? written.error : null)

  if (error) return <Alert color="red">{explain(error)}</Alert>
  if (state.isPending) return <WaitingText />
  // everybody else's colour is taken away by a rule of its own, so that the text need not be drawn again
  const rule = alone === undefined ? null : `.past .written:not([data-writer="${alone ?? ''}"]) { background: none; box-shadow: none; }`
  return (
    <>
      {authorship && <Legend people={authorship.people} alone={alone} onAlone={setAlone} />}
      {rule && <style>{rule}</style>}
      <div className="paper-text" data-stale={state.isPlaceholderData || undefined}>
        {text}
      </div>
    </>
  )
}

interface PastTextProps {
  documentName: string
  chosen: Chosen
}

/** What was chosen of the past: the text as it was, who wrote it, or what changed since. */
export function PastText({ documentName, chosen }: PastTextProps) {
  const head = useStretches(documentName).data?.pages[0]?.items[0]?.to ?? chosen.at
  return (
    <article className="past" aria-label="The text as it was">
      {chosen.view === 'changes' ? (
        <RedlineText documentName={documentName} one={chosen.at} other={chosen.until ?? head} />
      ) : (
        <Drawn documentName={documentName} chosen={chosen} />
      )}
    </article>
  )
}
