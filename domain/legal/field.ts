/** The fields of a draft: its variables, filled in one by one or several at once, live. */
import { z } from 'zod'
import { requireEditor, requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { findDocument } from '../documents/document.ts'
import { readCommittedDocument } from '../documents/journal/snapshot.ts'
import { type Field, readFields, setValues, VariableName, VariableValue } from '../documents/richtext/variables.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import { draftSubject } from './draft-entity.ts'

/** The fields of a draft in the committed text. */
export const listFields = query('legal.listFields', {
  input: { id: z.uuid() },
  authorize: requireViewer(draftSubject),
  execute: async (view, { id }): Promise<Field[]> => readFields((await readCommittedDocument(view, id)).document),
})

const maxValues = 200

/** Fills in fields, as one edit of the actor; null empties a field. @returns all fields after the edit */
export const fillFields = command('legal.fillFields', {
  input: {
    id: z.uuid(),
    values: z
      .record(VariableName, VariableValue.nullable())
      .refine((values) => Object.keys(values).length <= maxValues, `must have at most ${maxValues} values`)
      .describe('by name; null empties a field'),
  },
  authorize: requireEditor(draftSubject),
  async execute(work, { id, values }) {
    const name = draftSubject({ id })
    if ((await findDocument(work, name)).frozenAt) throw new DomainError('conflict', 'The document is frozen and cannot be changed.')
    return { name, values, actor: requireUserId(work) }
  },
  async afterCommit({ name, values, actor }, ports): Promise<Field[]> {
    const written = await ports.editDocument(name, actor, (document) => {
      setValues(document, values)
      return readFields(document)
    })
    return written.result
  },
})

/** Names of fields that are used in the text and have no value. */
export const listEmptyFields = (fields: readonly Field[]): string[] =>
  fields.filter(({ value, used }) => used > 0 && value === null).map(({ name }) => name)
