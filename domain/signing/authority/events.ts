import { z } from 'zod'
import { event } from '../../kernel/events/event.ts'

/** A certificate of the installation ends soon. `kind` is `root` or `seal`. */
export const SigningCertificateExpiring = event('signing-certificate.expiring', {
  serial: z.string(),
  kind: z.enum(['root', 'seal']),
  notAfter: z.iso.datetime(),
})
