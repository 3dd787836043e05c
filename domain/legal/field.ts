/** The fields of a draft: its variables as people fill them, one by one or many at once, live. */
import { z } from 'zod'
import { edit, read, userOf } from '../access/permission.ts'
import { findDocument } from '../documents/document.ts'
import { documentOf } from '../documents/snapshot.ts'
import { type Field, fieldsOf, setValues, VariableName, VariableValue } from '../documents/variable.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import { draftSubject } from './draft.ts'

/** The fields of a draft, as they are committed. */
export const listFields = query('legal.listFields', {
  input: { id: z.uuid() },
  may: read(draftSubject),
  does: async (view, { id }): Promise<Field[]> => fieldsOf((await documentOf(view, id)).document),
})

const mostValues = 200

/** Fills fields, as one edit of who asks; null empties one. Answers all fields as they are then. */
export const fillFields = command('legal.fillFields', {
  input: {
    id: z.uuid(),
    values: z
      .record(VariableName, VariableValue.nullable())
      .refine((values) => Object.keys(values).length <= mostValues, `takes at most ${mostValues} values`)
      .describe('by name; null empties a field'),
  },
  may: edit(draftSubject),
  async does(work, { id, values }) {
    const name = draftSubject({ id })
    if ((await findDocument(work, name)).frozenAt) throw new DomainError('conflict', 'The document is frozen.')
    return { name, values, actor: userOf(work) }
  },
  async afterwards({ name, values, actor }, ports): Promise<Field[]> {
    const written = await ports.write(name, actor, (document) => {
      setValues(document, values)
      return fieldsOf(document)
    })
    return written.answer
  },
})

/** Names of the fields that stand in the text and have no value. */
export const emptyOf = (fields: readonly Field[]): string[] =>
  fields.filter(({ value, used }) => used > 0 && value === null).map(({ name }) => name)
