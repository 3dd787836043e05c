import { Alert, Text } from '@mantine/core'
import { type CSSProperties, createElement, type ReactNode } from 'react'
import type { Redline } from '../../lib/api-types.ts'
import { LoadingText } from '../../ui/loading.tsx'
import { toAuthorName, useRedline } from './history-queries.ts'
import { toUserColor } from '../../lib/user-display.ts'
import { toErrorMessage } from '../../lib/problem.ts'

type RedlineBlock = Redline['blocks'][number]
type RedlineWord = RedlineBlock['words'][number]

/** HTML elements of block types; others are paragraphs. */
const elementNames: Record<string, string> = { codeBlock: 'pre', blockquote: 'blockquote' }

function toElementName({ type, level }: RedlineBlock): string {
  if (type === 'heading') return `h${Math.min(3, Math.max(1, level ?? 1))}`
  return elementNames[type] ?? 'p'
}

function RedlineWords({ words, names }: { words: RedlineWord[]; names: Map<string | null, string> }): ReactNode {
  return words.map(({ change, text, userId }, index) => {
    if (change === 'same') return text
    const style = { '--user-color': toUserColor(userId ?? '') } as CSSProperties
    const name = names.get(userId)
    const title = change === 'inserted' ? `Written by ${name}` : `Taken out; it was ${name}’s`
    // Words have no id; their order is all that identifies them.
    const key = `${index}${change}`
    return change === 'inserted' ? (
      <ins key={key} style={style} title={title}>
        {text}
      </ins>
    ) : (
      <del key={key} style={style} title={title}>
        {text}
      </del>
    )
  })
}

const changeLabels = { inserted: 'Added', deleted: 'Taken out', changed: 'Changed', same: undefined }

/** The diff of two revisions: inserted text is underlined, deleted text is struck through. */
export function RedlineText({ documentName, revisionA, revisionB }: { documentName: string; revisionA: number; revisionB: number }) {
  const [from, to] = revisionA < revisionB ? [revisionA, revisionB] : [revisionB, revisionA]
  const redline = useRedline(documentName, from, to)
  if (redline.error) return <Alert color="red">{toErrorMessage(redline.error)}</Alert>
  if (!redline.data) return <LoadingText />
  const { blocks, authors } = redline.data
  const names = new Map(authors.map(({ userId, name }) => [userId, toAuthorName(userId, name)]))
  const changed = blocks.filter(({ change }) => change !== 'same').length
  return (
    <>
      <Text size="sm" c="dimmed" mb="md" role="status">
        {changed === 0 ? 'The words are the same.' : `${changed} ${changed === 1 ? 'paragraph differs' : 'paragraphs differ'}.`}
      </Text>
      <div className="rich-text redline" data-stale={redline.isPlaceholderData || undefined}>
        {blocks.map((block, index) =>
          createElement(
            toElementName(block),
            // Blocks have no id either.
            { key: `${index}${block.change}`, 'data-change': block.change, 'data-type': block.type, title: changeLabels[block.change] },
            block.type === 'horizontalRule' ? '—' : <RedlineWords words={block.words} names={names} />,
          ),
        )}
      </div>
    </>
  )
}
