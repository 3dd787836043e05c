/** The mail with the link to choose a new password. */
import { z } from 'zod'
import { requireSystem } from '../../kernel/permission.ts'
import { createReset, readResetToken } from '../../auth/reset-token.ts'
import { command, type QueryContext } from '../../kernel/operation.ts'
import { queueDelivery } from '../../delivery/delivery.ts'
import { type RenderedLetter, renderMail } from './template.ts'

/** Queues the mail for the account of an address. Nothing happens where there is none. */
export const mailPasswordReset = command('notifications.mailPasswordReset', {
  input: { email: z.string() },
  authorize: requireSystem,
  async execute(work, { email }): Promise<void> {
    const reset = await createReset(work, email)
    if (reset) queueDelivery(work, { channel: 'email', target: email, userId: reset.userId, passwordReset: reset.id })
  },
})

/** Renders the mail; undefined where its link is no longer valid. */
export async function renderResetMail(view: QueryContext, resetId: string, name: string): Promise<RenderedLetter | undefined> {
  const token = await readResetToken(view, resetId)
  if (token === undefined) return undefined
  const { publicUrl } = view.ports.outbound
  return renderMail({
    items: [
      {
        title: 'Choose a new password',
        message:
          'Someone, probably you, asked to reset the password of your SmartStart account. Open the link within one hour to choose a new one; ' +
          'it works once. If it was not you, ignore this e-mail: your password has not changed.',
        link: `${publicUrl}/reset-password#${token}`,
        at: view.now,
      },
    ],
    publicUrl,
    why: `SmartStart sends this to ${name} because a new password was requested.`,
    unsubscribe: null,
  })
}
