/** The text of an empty draft is made from its template, as a job while the draft's machine waits. */
import * as Y from 'yjs'
import { z } from 'zod'
import { DomainError } from '../../kernel/errors.ts'
import { onEvent } from '../../kernel/manifest/background-work.ts'
import { command, type PreparationContext } from '../../kernel/operation.ts'
import { requireSystem } from '../../kernel/permission.ts'
import { MachineTransitioned } from '../../workflows/events.ts'
import { sendMachineEvent } from '../../workflows/machine.ts'
import { Draft, draftSubject } from '../draft-entity.ts'
import { findTemplateId, renderTemplate } from '../template.ts'
import { isEmptyText } from './document-facts.ts'
import { legalDocumentMachine } from './document-machine.ts'

const waitingState = 'template_generation'

/** Writes the template's text into an empty document. A document with a text is left alone: the job may run twice. */
async function writeText(view: PreparationContext, draft: Draft, userId: string): Promise<void> {
  const templateId = findTemplateId(draft)
  if (!templateId) throw new DomainError('conflict', 'There is no template of its kind.')
  const update = await renderTemplate(view, { templateId, ventureId: draft.ventureId ?? undefined, userId }, {})
  await view.ports.editDocument(draftSubject(draft), userId, (document) => {
    if (!isEmptyText(document)) return
    const content = document.getXmlFragment('default')
    content.delete(0, content.length)
    Y.applyUpdate(document, update)
  })
}

/** Makes the text, and moves the machine on. A reason is recorded where that failed. */
export const generateText = command('legal.generateText', {
  input: { documentId: z.uuid(), userId: z.uuid() },
  authorize: requireSystem,
  async prepare(view, { documentId, userId }): Promise<{ problem: string | undefined }> {
    const draft = await view.em.findOneOrFail(Draft, documentId)
    if (draft.state !== waitingState) return { problem: undefined }
    try {
      await writeText(view, draft, userId)
      return { problem: undefined }
    } catch (error) {
      if (!(error instanceof DomainError) || error.code === 'unavailable') throw error
      return { problem: error.message }
    }
  },
  async execute(work, { documentId }, { problem }): Promise<void> {
    // cancelled meanwhile, or done by an earlier run
    if ((await work.em.findOneOrFail(Draft, documentId)).state !== waitingState) return
    const event = problem === undefined ? 'TEMPLATE_GENERATED' : 'TEMPLATE_FAILED'
    await sendMachineEvent(work, legalDocumentMachine, documentId, event, { reason: problem })
  },
})

export const textGenerationHandler = onEvent([MachineTransitioned], generateText, {
  filter: ({ data, actor }) => data.type === legalDocumentMachine.type && data.to === waitingState && actor !== null,
  input: ({ data, actor }) => ({ documentId: data.machineId, userId: actor }),
})
