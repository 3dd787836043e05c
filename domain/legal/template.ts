/** Templates: texts of our own with which a draft begins, their variables filled where we know what belongs there. */
import type { JSONContent } from '@tiptap/core'
import { z } from 'zod'
import { signedIn, userOf } from '../access/permission.ts'
import { updateOf } from '../documents/content.ts'
import { variableLabel } from '../documents/prose.ts'
import { setValues } from '../documents/variable.ts'
import { DomainError } from '../kernel/errors.ts'
import { query, type View } from '../kernel/operation.ts'
import { User } from '../users/user.ts'
import { Venture } from '../ventures/venture.ts'
import type { DraftKind } from './kind.ts'
import { contentFrom } from './sheet.ts'
import { advisorAgreement } from './templates/advisor-agreement.ts'
import { contributorAgreement } from './templates/contributor-agreement.ts'
import { foundersAgreement } from './templates/founders-agreement.ts'
import { investmentNote } from './templates/investment-note.ts'
import { ipAssignment } from './templates/ip-assignment.ts'
import { mutualNda } from './templates/mutual-nda.ts'
import { umbrellaAgreement } from './templates/umbrella-agreement.ts'
import { ventureCharter } from './templates/venture-charter.ts'

export const variableKinds = ['text', 'date', 'number', 'person', 'venture'] as const
export const variableSources = ['person.name', 'person.email', 'venture.name', 'venture.purpose', 'today'] as const

/** A variable of a template, and what fills it when a draft is made; without `from` people do. */
export interface TemplateVariable {
  name: string
  kind: (typeof variableKinds)[number]
  from?: (typeof variableSources)[number]
}

/** A text to begin with. */
export interface Template {
  title: string
  kind: DraftKind
  /** When one takes it, in a sentence. */
  summary: string
  variables: readonly TemplateVariable[]
  /** Its text, in the form of `sheet.ts`, without the title. */
  text: string
}

export const templateIds = [
  'mutual-nda',
  'contributor-agreement',
  'founders-agreement',
  'ip-assignment',
  'advisor-agreement',
  'investment-note',
  'venture-charter',
  'umbrella-agreement',
] as const
export type TemplateId = (typeof templateIds)[number]
export const TemplateId = z.enum(templateIds)

export const templates: Readonly<Record<TemplateId, Template>> = {
  'mutual-nda': mutualNda,
  'contributor-agreement': contributorAgreement,
  'founders-agreement': foundersAgreement,
  'ip-assignment': ipAssignment,
  'advisor-agreement': advisorAgreement,
  'investment-note': investmentNote,
  'venture-charter': ventureCharter,
  'umbrella-agreement': umbrellaAgreement,
}

/** The first paragraph of every template. */
export const notice =
  'This is a sample, not legal advice. It shows what such a text may say; laws differ from place to place. Have it checked by a lawyer before anybody relies on it, then remove this line.'

/** A template's text as the editor's JSON, with the notice in front. */
export function textOf({ title, text }: Template): JSONContent {
  const { content = [] } = contentFrom(`# ${title}\n${text}`)
  const said = { type: 'paragraph', content: [{ type: 'text', text: notice, marks: [{ type: 'italic' }] }] }
  return { type: 'doc', content: [...content.slice(0, 1), said, ...content.slice(1)] }
}

/** A template, as it is told. */
export interface TemplateTold extends Template {
  id: TemplateId
}

export const listTemplates = query('legal.listTemplates', {
  input: {},
  may: signedIn,
  does: async (): Promise<TemplateTold[]> => templateIds.map((id) => ({ id, ...templates[id] })),
})

export const getTemplate = query('legal.getTemplate', {
  input: { templateId: TemplateId },
  may: signedIn,
  does: async (_view, { templateId }): Promise<TemplateTold> => ({ id: templateId, ...templates[templateId] }),
})

/** What a variable is called before people. */
export const labelOf = variableLabel

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/**
 * The first row of a draft that begins with a template: its text, and the values that we know or are given. Where one may not see the
 * venture, nobody comes to see its name: the command is refused.
 * @param given values by name; they go before what we would fill in
 * @throws DomainError invalid-input where a value is given for what is no variable of the template
 */
export async function beginningOf(
  view: View,
  { templateId, ventureId }: { templateId: TemplateId; ventureId: string | undefined },
  given: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const template = templates[templateId]
  const names = new Set(template.variables.map(({ name }) => name))
  const unknown = Object.keys(given).filter((name) => !names.has(name))
  if (unknown.length > 0) {
    const fields = unknown.map((name) => ({ path: `variables.${name}`, message: 'no variable of this template' }))
    throw new DomainError('invalid-input', `The template has no variable ${unknown.join(', ')}.`, { fields })
  }
  const person = await view.em.findOneOrFail(User, { id: userOf(view) })
  const venture = ventureId ? await view.em.findOne(Venture, { id: ventureId }) : null
  const known: Record<NonNullable<TemplateVariable['from']>, string | null> = {
    'person.name': person.name,
    'person.email': person.email,
    'venture.name': venture?.name ?? null,
    'venture.purpose': venture?.purpose ?? null,
    today: day.format(view.now),
  }
  const values = Object.fromEntries(template.variables.map(({ name, from }) => [name, given[name] ?? (from ? known[from] : null)]))
  const { applyUpdate, Doc, encodeStateAsUpdate } = await import('yjs')
  const document = new Doc()
  applyUpdate(document, await updateOf(textOf(template)))
  document.transact(() => setValues(document, values))
  return encodeStateAsUpdate(document)
}
