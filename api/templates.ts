import type { JSONContent } from '@tiptap/core'
import { z } from 'zod'
import type { Field } from '../domain/documents/variable.ts'
import { emptyOf, fillFields, listFields } from '../domain/legal/field.ts'
import { draftKinds } from '../domain/legal/kind.ts'
import {
  getTemplate,
  labelOf,
  listTemplates,
  TemplateId,
  type TemplateTold,
  textOf,
  variableKinds,
  variableSources,
} from '../domain/legal/template.ts'
import { answer, get, put } from './endpoint.ts'

/** A text as the editor's JSON. */
export const Prose = z.looseObject({ type: z.literal('doc') }).meta({ id: 'Prose' })

export const TemplateBody = z
  .object({
    id: TemplateId,
    title: z.string(),
    kind: z.enum(draftKinds),
    summary: z.string().describe('when one takes it'),
    variables: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        kind: z.enum(variableKinds),
        from: z.enum(variableSources).nullable().describe('what fills it when a draft is made; null: people do'),
      }),
    ),
  })
  .meta({ id: 'Template' })

/** A template with its text, in which variables are nodes `variable`. */
export const TemplatePreviewBody = TemplateBody.extend({ preview: Prose }).meta({ id: 'TemplatePreview' })

const told = ({ id, title, kind, summary, variables }: TemplateTold): z.infer<typeof TemplateBody> => ({
  id,
  title,
  kind,
  summary,
  variables: variables.map(({ name, kind: what, from }) => ({ name, label: labelOf(name), kind: what, from: from ?? null })),
})

const all = answer(z.object({ items: z.array(TemplateBody) }), (items: TemplateTold[]) => ({ items: items.map(told) }))
const one = answer(TemplatePreviewBody, (template: TemplateTold) => ({
  ...told(template),
  preview: textOf(template) as JSONContent & { type: 'doc' },
}))

export const FieldsBody = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        value: z.string().nullable().describe('null while it is empty'),
        used: z.number().int().describe('how often it stands in the text'),
      }),
    ),
    empty: z.array(z.string()).describe('names of those that stand in the text without a value'),
  })
  .meta({ id: 'Fields' })

const fields = answer(FieldsBody, (items: Field[]) => ({
  items: items.map((field) => ({ ...field, label: labelOf(field.name) })),
  empty: emptyOf(items),
}))

export const templates = [
  get('/legal/templates', listTemplates, all),
  get('/legal/templates/:templateId', getTemplate, one),
  get('/legal/documents/:id/variables', listFields, fields),
  put('/legal/documents/:id/variables', fillFields, fields),
]
