/** Audiences: whoever may read a subject may hear what happens to it. */
import { z } from 'zod'
import { query } from '../kernel/operation.ts'
import { read } from './permission.ts'

/** Asks whether the actor may hear an audience. @throws DomainError not-found when they may not, or there is none */
export const hearAudience = query('access.hearAudience', {
  input: { audience: z.string().max(200) },
  may: read(({ audience }: { audience: string }) => audience),
  does: async () => {},
})
