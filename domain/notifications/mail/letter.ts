/** Letters: mails that are no notifications, to any address. The slice that sends one renders it. */
import { defineHook } from '../../kernel/manifest/hook.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import type { RenderedLetter } from './template.ts'

/** A kind of letter. */
export interface Letter {
  /** The delivery's `letter`. */
  readonly kind: string
  /** Renders a letter when it is sent, so that secrets in it are never stored. @returns a reason where it is no longer needed */
  render(view: QueryContext, id: string): Promise<RenderedLetter | { reason: string }>
}

export const Letters = defineHook<Letter>('notifications.letter')
