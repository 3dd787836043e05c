/** Blocking threads: while one is open, its document cannot be sent to be signed. */
import { z } from 'zod'
import { requireCommenter } from '../access/permission.ts'
import { DocumentName } from '../documents/document.ts'
import { command, type QueryContext } from '../kernel/operation.ts'
import { documentSubject, emitAndLoad, findThread, readThreadDetails, Thread, type ThreadDetails } from './thread.ts'

/** Makes a thread blocking, or ends that. Idempotent. */
export const setThreadBlocking = command('documents.setThreadBlocking', {
  input: { documentName: DocumentName, threadId: z.uuid(), blocking: z.boolean() },
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, blocking }): Promise<ThreadDetails> {
    const thread = await findThread(work, documentName, threadId)
    if (thread.blocking === blocking) return (await readThreadDetails(work, [thread]))[0] as ThreadDetails
    thread.blocking = blocking
    return emitAndLoad(work, documentName, thread, { change: blocking ? 'blocked' : 'unblocked', commentId: null })
  },
})

/** How many open threads of a document block it. */
export const countBlockingThreads = (view: QueryContext, document: string): Promise<number> =>
  view.em.count(Thread, { document, state: 'open', blocking: true })
