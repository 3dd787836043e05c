import { Alert, Text } from '@mantine/core'
import { type CSSProperties, createElement, type ReactNode } from 'react'
import type { Redline } from './contract.ts'
import { WaitingText } from './lost.tsx'
import { nameOf, useRedline } from './moments.ts'
import { colourOf } from './person.ts'
import { explain } from './problem.ts'

type RedlineBlock = Redline['blocks'][number]
type Word = RedlineBlock['words'][number]

/** What a block is drawn as; what has no line here is a paragraph. */
const elements: Record<string, string> = { codeBlock: 'pre', blockquote: 'blockquote' }

function elementOf({ type, level }: RedlineBlock): string {
  if (type === 'heading') return `h${Math.min(3, Math.max(1, level ?? 1))}`
  return elements[type] ?? 'p'
}

function Words({ words, names }: { words: Word[]; names: Map<string | null, string> }): ReactNode {
  return words.map(({ change, text, userId }, place) => {
    if (change === 'same') return text
    const style = { '--who': colourOf(userId ?? '') } as CSSProperties
    const name = names.get(userId)
    const title = change === 'inserted' ? `Written by ${name}` : `Taken out; it was ${name}’s`
    // the order of the words is all that tells one from the other
    const key = `${place}${change}`
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

const signs = { inserted: 'Added', deleted: 'Taken out', changed: 'Changed', same: undefined }

/** Two moments as one text: what came is underlined, what went is struck through. */
export function RedlineText({ documentName, one, other }: { documentName: string; one: number; other: number }) {
  const [from, to] = one < other ? [one, other] : [other, one]
  const redline = useRedline(documentName, from, to)
  if (redline.error) return <Alert color="red">{explain(redline.error)}</Alert>
  if (!redline.data) return <WaitingText />
  const { blocks, authors } = redline.data
  const names = new Map(authors.map(({ userId, name }) => [userId, nameOf(userId, name)]))
  const changed = blocks.filter(({ change }) => change !== 'same').length
  return (
    <>
      <Text size="sm" c="dimmed" mb="md" role="status" className="redline-count">
        {changed === 0 ? 'The words are the same.' : `${changed} ${changed === 1 ? 'paragraph differs' : 'paragraphs differ'}.`}
      </Text>
      <div className="paper-text redline" data-stale={redline.isPlaceholderData || undefined}>
        {blocks.map((block, place) =>
          createElement(
            elementOf(block),
            // blocks have no names either
            { key: `${place}${block.change}`, 'data-change': block.change, 'data-type': block.type, title: signs[block.change] },
            block.type === 'horizontalRule' ? '—' : <Words words={block.words} names={names} />,
          ),
        )}
      </div>
    </>
  )
}
