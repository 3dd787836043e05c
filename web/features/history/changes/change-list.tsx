import './change-list.css'
import type { DocumentChanges } from '../../../lib/api-types.ts'
import { variableLabel } from '../../../../domain/documents/richtext/schema.ts'
import { useMemberList } from '../../../lib/members.ts'
import { describeEntry, describeText, describeValues } from './change-words.ts'

/** More than this are counted. */
const maxShown = 24

const changeLabels = { added: 'Added', removed: 'Removed', changed: 'Changed' }

interface ChangeListProps {
  documentName: string
  changes: DocumentChanges
  /** The parts that are listed. */
  parts: readonly ('text' | 'fields' | 'sections')[]
}

/** The changes of a document, one a line: paragraphs by number, fields and entries by name with their values. */
export function ChangeList({ documentName, changes: { text, fields, entries, moreEntries, others }, parts }: ChangeListProps) {
  const members = useMemberList(documentName).data?.items ?? []
  const nameOf = (id: string) => members.find(({ userId }) => userId === id)?.name
  const lines: { key: string; change: 'added' | 'removed' | 'changed'; text: string; values?: string }[] = []
  const textLine = describeText(text)
  if (parts.includes('text') && textLine) lines.push({ key: 'text', change: 'changed', text: `Text: ${textLine}` })
  if (parts.includes('fields'))
    for (const { name, before, after } of fields) {
      const change = before === null ? 'added' : after === null ? 'removed' : 'changed'
      const values = [before, after].map((value) => (value === null ? 'empty' : `“${value}”`)).join(' → ')
      lines.push({ key: `field ${name}`, change, text: `Field ${variableLabel(name)}`, values })
    }
  let more = 0
  if (parts.includes('sections')) {
    for (const entry of entries)
      lines.push({
        key: `${entry.section} ${entry.id}`,
        change: entry.change,
        text: describeEntry(entry),
        values: describeValues(entry, nameOf),
      })
    for (const name of others) lines.push({ key: `other ${name}`, change: 'changed', text: `Data of another program: ${name}` })
    more = moreEntries
  }
  more += Math.max(0, lines.length - maxShown)
  if (lines.length === 0) return null
  return (
    <ul className="change-list" aria-label="Changes">
      {lines.slice(0, maxShown).map(({ key, change, text: line, values }) => (
        <li key={key}>
          <span className="change-label" data-change={change}>
            {changeLabels[change]}
          </span>
          <span>
            {line}
            {values && <span className="change-values">{values}</span>}
          </span>
        </li>
      ))}
      {more > 0 && <li className="change-list-more">and {more} more</li>}
    </ul>
  )
}
