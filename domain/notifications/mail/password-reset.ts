/** The mail with the link to choose a new password. */
import { z } from 'zod'
import { requireSystem } from '../../kernel/permission.ts'
import { createReset, readReset } from '../../auth/reset-token.ts'
import { command } from '../../kernel/operation.ts'
import { queueDelivery } from '../../delivery/delivery.ts'
import { findActiveUser } from '../../users/account.ts'
import type { Letter } from './letter.ts'
import { renderMail } from './template.ts'

/** Queues the mail for the account of an address. Nothing happens where there is none. */
export const mailPasswordReset = command('notifications.mailPasswordReset', {
  input: { email: z.string() },
  authorize: requireSystem,
  async execute(work, { email }): Promise<void> {
    const reset = await createReset(work, email)
    if (reset) queueDelivery(work, { channel: 'email', target: email, userId: reset.userId, letter: resetLetter.kind, letterId: reset.id })
  },
})

/** The letter with the link. */
export const resetLetter: Letter = {
  kind: 'password-reset',
  async render(view, resetId) {
    const reset = await readReset(view, resetId)
    const user = reset && (await findActiveUser(view, { id: reset.userId }))
    if (!reset || !user) return { reason: 'The link was used or has expired.' }
    const { publicUrl } = view.ports.outbound
    return renderMail({
      items: [
        {
          title: 'Choose a new password',
          message:
            'Someone, probably you, asked to reset the password of your SmartStart account. Open the link within one hour to choose a new one; ' +
            'it works once. If it was not you, ignore this e-mail: your password has not changed.',
          link: `${publicUrl}/reset-password#${reset.token}`,
          at: view.now,
        },
      ],
      publicUrl,
      why: `SmartStart sends this to ${user.name} because a new password was requested.`,
      unsubscribe: null,
    })
  },
}
