import { Alert, Text } from '@mantine/core'
import { useMemo, useRef } from 'react'
import { serverAuthor } from '../../../../domain/history/redline/server-author.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { toDocumentKind } from '../../../ui/document-kind.tsx'
import { LoadingText } from '../../../ui/loading.tsx'
import { ChangeList } from './change-list.tsx'
import { ChangeNavigation } from './change-navigation.tsx'
import { summarizeChanges } from './change-words.ts'
import { toAuthorName, useRedline } from '../history-queries.ts'
import { numberChanges } from './numbered-changes.ts'
import { renderRichText } from '../rendered-text.tsx'

/** The differences of two revisions: the later text with its changes marked, and what changed beside it. */
export function RedlineText({ documentName, revisionA, revisionB }: { documentName: string; revisionA: number; revisionB: number }) {
  const [from, to] = revisionA < revisionB ? [revisionA, revisionB] : [revisionB, revisionA]
  const redline = useRedline(documentName, from, to)
  const textRef = useRef<HTMLDivElement>(null)
  const shown = useMemo(() => {
    if (!redline.data) return null
    const names = new Map<string | null, string>(
      redline.data.authors.map(({ userId, name }) => [userId ?? serverAuthor, toAuthorName(userId, name)]),
    )
    const { content, count } = numberChanges(redline.data.content)
    return { count, text: renderRichText(content, names, {}) }
  }, [redline.data])
  if (redline.error) return <Alert color="red">{toErrorMessage(redline.error)}</Alert>
  if (!redline.data || !shown) return <LoadingText />
  const { changes } = redline.data
  return (
    <>
      <div className="redline-summary">
        <Text size="sm" c="dimmed" role="status">
          {summarizeChanges(changes, toDocumentKind(documentName))}
        </Text>
        <ChangeList documentName={documentName} changes={changes} parts={['fields', 'sections']} />
      </div>
      {shown.count > 0 && !redline.isPlaceholderData && <ChangeNavigation key={`${from} ${to}`} count={shown.count} textRef={textRef} />}
      <div ref={textRef} className="rich-text redline" data-stale={redline.isPlaceholderData || undefined}>
        {shown.text}
      </div>
    </>
  )
}
