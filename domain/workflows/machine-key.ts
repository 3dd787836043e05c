/** How a request names a machine. */
import { z } from 'zod'

export const machineKey = {
  type: z.string().min(1).max(64).describe('for example `legalDocument`'),
  id: z.uuid().describe('of what the machine is about: the draft, the person'),
}
