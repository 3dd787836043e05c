/** Changes of a document in words. */
import { variableLabel } from '../../../../domain/documents/richtext/schema.ts'
import type { DocumentChanges, DocumentKind } from '../../../lib/api-types.ts'
import { toLabel } from '../../sections/section-types.ts'

type EntryChange = DocumentChanges['entries'][number]
type ValueChange = EntryChange['values'][number]

/** What an entry of a section is called, one and several. */
const sectionNouns: Record<string, [one: string, many: string]> = {
  tasks: ['task', 'tasks'],
  notes: ['note', 'notes'],
  ideas: ['idea', 'ideas'],
  polls: ['poll', 'polls'],
  votes: ['vote', 'votes'],
  timeline: ['timeline', 'timelines'],
  phases: ['phase', 'phases'],
  milestones: ['milestone', 'milestones'],
  raci: ['activity', 'activities'],
  goals: ['goal', 'goals'],
  risks: ['risk', 'risks'],
  figures: ['figure', 'figures'],
  readings: ['reading', 'readings'],
}
const otherNouns: [one: string, many: string] = ['other entry', 'other entries']

/** What stands beside the text of a document of a kind. */
export const sectionsNoun = (kind: DocumentKind | null): string => (kind === 'plan' ? 'plan' : 'board')

const counted = (count: number, [one, many]: [string, string]) => `${count} ${count === 1 ? one : many}`
const paragraphs: [string, string] = ['paragraph', 'paragraphs']

/** "2 paragraphs changed, 1 added"; empty without changes. */
export function describeText({ added, removed, changed, reformatted }: DocumentChanges['text']): string {
  const parts = [
    [changed, 'changed'],
    [added, 'added'],
    [removed, 'removed'],
    [reformatted, 'with another format'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what], index) => `${index === 0 ? counted(count, paragraphs) : count} ${what}`)
    .join(', ')
}

const placeWords = { added: 'added to', removed: 'removed from', changed: 'changed on' }

/** What changed between two revisions, in sentences. */
export function summarizeChanges({ text, fields, entries, moreEntries }: DocumentChanges, kind: DocumentKind | null): string {
  const { added, removed, changed, reformatted } = text
  const sentences: string[] = []
  if (added + removed + changed > 0) sentences.push(`${describeText(text)}.`)
  else if (reformatted > 0) sentences.push(`Only formats changed, in ${counted(reformatted, paragraphs)}.`)
  else sentences.push('No text changes.')
  if (fields.length > 0) sentences.push(`${counted(fields.length, ['field', 'fields'])} changed.`)
  const groups = new Map<string, number>()
  for (const { section, change } of entries) groups.set(`${change} ${section}`, (groups.get(`${change} ${section}`) ?? 0) + 1)
  for (const [group, count] of groups) {
    const [change, section] = group.split(/ (.*)/s) as [EntryChange['change'], string]
    const noun = counted(count, sectionNouns[section] ?? otherNouns)
    sentences.push(`${noun} ${count === 1 ? 'was' : 'were'} ${placeWords[change]} the ${sectionsNoun(kind)}.`)
  }
  if (moreEntries > 0) sentences.push(`${moreEntries} more changed.`)
  return sentences.join(' ')
}

const nameFields = ['title', 'name', 'activity', 'question']
const valueLabels: Record<string, string> = {
  assigneeId: 'Assignee',
  ownerId: 'Owner',
  phaseId: 'Phase',
  dueOn: 'Due date',
  startsOn: 'Start date',
  launchesOn: 'Launch date',
  achievedOn: 'Achieved on',
  on: 'Date',
}
const maxShownCharacters = 60

/** A value as people read it; undefined where it says nothing to them. */
function formatValue({ name }: { name: string }, value: unknown, nameOf: (userId: string) => string | undefined): string | undefined {
  if (value === null || value === '') return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return value.toLocaleString()
  if (typeof value !== 'string') return undefined
  if (name.endsWith('Id')) return nameOf(value)
  if (/^[A-Z][A-Z_]*$/.test(value)) return toLabel(value)
  return `“${value.length > maxShownCharacters ? `${value.slice(0, maxShownCharacters)}…` : value}”`
}

function describeValue(value: ValueChange, nameOf: (userId: string) => string | undefined): string {
  if (value.name === 'order') return 'moved'
  const label = valueLabels[value.name] ?? variableLabel(value.name)
  const [before, after] = [formatValue(value, value.before, nameOf), formatValue(value, value.after, nameOf)]
  return before === undefined || after === undefined ? label : `${label}: ${before} → ${after}`
}

/** The name of an entry: `Task “Draw the lamp”`. */
export function describeEntry({ section, entry }: EntryChange): string {
  const [noun] = sectionNouns[section] ?? otherNouns
  const title = nameFields.map((field) => entry[field]).find((value) => typeof value === 'string' && value !== '')
  const label = noun.charAt(0).toUpperCase() + noun.slice(1)
  if (title) return `${label} “${String(title)}”`
  return section === 'readings' ? `${label} of ${String(entry['on'])}: ${String(entry['value'])}` : label
}

/** The changed values of an entry. */
export const describeValues = ({ values }: EntryChange, nameOf: (userId: string) => string | undefined): string =>
  values.map((value) => describeValue(value, nameOf)).join('; ')
