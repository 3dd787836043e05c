import type { JSONContent } from '@tiptap/core'
import { z } from 'zod'
import type { Field } from '../../domain/documents/richtext/variables.ts'
import { listEmptyFields, fillFields, listFields } from '../../domain/legal/field.ts'
import { draftKinds } from '../../domain/legal/draft-kind.ts'
import {
  getTemplate,
  getVariableLabel,
  listTemplates,
  TemplateId,
  type TemplateWithId,
  templateContent,
} from '../../domain/legal/template.ts'
import { variableKinds, variableSources } from '../../domain/legal/template-definition.ts'
import { jsonResponse, get, put } from '../http/endpoint.ts'

/** Rich text as ProseMirror JSON. */
export const Prose = z.looseObject({ type: z.literal('doc') }).meta({ id: 'Prose' })

export const TemplateBody = z
  .object({
    id: TemplateId,
    title: z.string(),
    kind: z.enum(draftKinds),
    summary: z.string().describe('when to use it'),
    variables: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        kind: z.enum(variableKinds),
        from: z.enum(variableSources).nullable().describe('what fills it when a draft is created; null: nothing'),
      }),
    ),
  })
  .meta({ id: 'Template' })

/** A template with its text. Variables are nodes of type `variable`. */
export const TemplatePreviewBody = TemplateBody.extend({ preview: Prose }).meta({ id: 'TemplatePreview' })

const serializeTemplate = ({ id, title, kind, summary, variables }: TemplateWithId): z.infer<typeof TemplateBody> => ({
  id,
  title,
  kind,
  summary,
  variables: variables.map(({ name, kind: what, from }) => ({ name, label: getVariableLabel(name), kind: what, from: from ?? null })),
})

const templateList = jsonResponse(z.object({ items: z.array(TemplateBody) }), (items: TemplateWithId[]) => ({
  items: items.map(serializeTemplate),
}))
const one = jsonResponse(TemplatePreviewBody, (template: TemplateWithId) => ({
  ...serializeTemplate(template),
  preview: templateContent(template) as JSONContent & { type: 'doc' },
}))

export const FieldsBody = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        label: z.string(),
        value: z.string().nullable().describe('null while it is empty'),
        used: z.number().int().describe('how often it occurs in the text'),
      }),
    ),
    empty: z.array(z.string()).describe('names of variables in the text without a value'),
  })
  .meta({ id: 'Fields' })

const fields = jsonResponse(FieldsBody, (items: Field[]) => ({
  items: items.map((field) => ({ ...field, label: getVariableLabel(field.name) })),
  empty: listEmptyFields(items),
}))

export const templates = [
  get('/legal/templates', 'Lists the templates for legal drafts.', listTemplates, templateList),
  get('/legal/templates/:templateId', 'Returns one template with its text.', getTemplate, one),
  get('/legal/documents/:id/variables', 'Lists the variables in the text of a draft, with their values.', listFields, fields),
  put('/legal/documents/:id/variables', 'Sets the values of variables in a draft. `null` empties a variable.', fillFields, fields),
]
