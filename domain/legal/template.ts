/** Templates: texts for new drafts. Variables are filled in where their values are known. */
import type { JSONContent } from '@tiptap/core'
import { z } from 'zod'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { contentToUpdate } from '../documents/richtext/to-json.ts'
import { variableLabel } from '../documents/richtext/schema.ts'
import { setValues } from '../documents/richtext/variables.ts'
import { DomainError } from '../kernel/errors.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { findUser } from '../users/account.ts'
import { findVenture } from '../ventures/venture.ts'
import type { Template, TemplateVariable } from './template-definition.ts'
import { parseTemplate } from './template-markup.ts'
import { advisorAgreement } from './templates/advisor-agreement.ts'
import { contributorAgreement } from './templates/contributor-agreement.ts'
import { foundersAgreement } from './templates/founders-agreement.ts'
import { investmentNote } from './templates/investment-note.ts'
import { ipAssignment } from './templates/ip-assignment.ts'
import { mutualNda } from './templates/mutual-nda.ts'
import { umbrellaAgreement } from './templates/umbrella-agreement.ts'
import { ventureCharter } from './templates/venture-charter.ts'

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

/** A template's text as the editor's JSON, with the notice first. */
export function templateContent({ title, text }: Template): JSONContent {
  const { content = [] } = parseTemplate(`# ${title}\n${text}`)
  const said = { type: 'paragraph', content: [{ type: 'text', text: notice, marks: [{ type: 'italic' }] }] }
  return { type: 'doc', content: [...content.slice(0, 1), said, ...content.slice(1)] }
}

/** A template with its id. */
export interface TemplateWithId extends Template {
  id: TemplateId
}

export const listTemplates = query('legal.listTemplates', {
  input: {},
  authorize: requireSignedIn,
  execute: async (): Promise<TemplateWithId[]> => templateIds.map((id) => ({ id, ...templates[id] })),
})

export const getTemplate = query('legal.getTemplate', {
  input: { templateId: TemplateId },
  authorize: requireSignedIn,
  execute: async (_view, { templateId }): Promise<TemplateWithId> => ({ id: templateId, ...templates[templateId] }),
})

/** The template of a draft: the one that it was created from, or the first of its kind. */
export const findTemplateId = (draft: { templateId?: TemplateId | null | undefined; kind: string }): TemplateId | undefined =>
  draft.templateId ?? templateIds.find((id) => templates[id].kind === draft.kind)

/** The label of a variable. */
export const getVariableLabel = variableLabel

const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/**
 * The initial update of a draft from a template: its text, and the values that are known or given. Without access to the venture its name
 * stays secret: the command is refused.
 * @param draft.userId the person whose name and address are known; absent: who runs the operation
 * @param given values by name; they take precedence over known values
 * @throws DomainError invalid-input for a variable that the template does not have
 */
export async function renderTemplate(
  view: QueryContext,
  draft: { templateId: TemplateId; ventureId: string | undefined; userId?: string },
  given: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const { templateId, ventureId, userId = requireUserId(view) } = draft
  const template = templates[templateId]
  const names = new Set(template.variables.map(({ name }) => name))
  const unknown = Object.keys(given).filter((name) => !names.has(name))
  if (unknown.length > 0) {
    const fields = unknown.map((name) => ({ path: `variables.${name}`, message: 'not a variable of this template' }))
    throw new DomainError('invalid-input', `The template has no variable ${unknown.join(', ')}.`, { fields })
  }
  const person = await findUser(view, userId)
  const venture = ventureId ? await findVenture(view, ventureId) : null
  const known: Record<NonNullable<TemplateVariable['from']>, string | null> = {
    'person.name': person.name,
    'person.email': person.email,
    'venture.name': venture?.name ?? null,
    'venture.purpose': venture?.purpose ?? null,
    today: dayFormat.format(view.now),
  }
  const values = Object.fromEntries(template.variables.map(({ name, from }) => [name, given[name] ?? (from ? known[from] : null)]))
  const { applyUpdate, Doc, encodeStateAsUpdate } = await import('yjs')
  const document = new Doc()
  applyUpdate(document, await contentToUpdate(templateContent(template)))
  document.transact(() => setValues(document, values))
  return encodeStateAsUpdate(document)
}
