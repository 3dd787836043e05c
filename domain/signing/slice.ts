import { schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { everyChannel } from '../kernel/manifest/notification.ts'
import { SigningCertificateExpiring } from './authority/events.ts'
import { buildExpiryNotice, warnOfExpiry } from './authority/operations.ts'

export const signing = defineSlice({
  name: 'signing',
  description: 'Envelopes: agreements that people sign, with evidence.',
  tables: ['signing_certificate'],
  notifications: {
    'signing.certificate-expiring': {
      category: 'system',
      priority: 'high',
      channels: everyChannel,
      critical: true,
      on: SigningCertificateExpiring,
      build: buildExpiryNotice,
    },
  },
  schedules: [schedule('41 6 * * *', warnOfExpiry)],
})
