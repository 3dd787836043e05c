/** Wraps the hooks of Hocuspocus. An exception in most of them would be an unhandled rejection and end the process. */
import type { Extension } from '@hocuspocus/server'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { closeEvent } from './socket/close-codes.ts'

/** Hooks whose rejection Hocuspocus acts on. What they throw is passed on as a close event. */
const refusingHooks = new Set([
  'onAuthenticate',
  'onLoadDocument',
  'onTokenSync',
  'beforeUnloadDocument',
  'beforeSync',
  'beforeHandleMessage',
])

/** Wraps every hook of an extension: unexpected errors are logged and counted. */
export function wrapHooks(extension: Extension, log: Log, metrics: Metrics): Extension {
  const names = new Set([...Object.keys(extension), ...Object.getOwnPropertyNames(Object.getPrototypeOf(extension))])
  const wrapped: Record<string, unknown> = {}
  for (const name of names) {
    const hook = (extension as unknown as Record<string, unknown>)[name]
    if (typeof hook !== 'function' || name === 'constructor') continue
    wrapped[name] = async (payload: unknown) => {
      try {
        return await hook.call(extension, payload)
      } catch (error) {
        const isRefusal = typeof (error as { reason?: unknown })?.reason === 'string' && !(error instanceof Error)
        if (!isRefusal) {
          metrics.hookFailures.inc({ hook: name })
          log.error({ hook: name, error: (error as Error)?.stack ?? String(error) }, 'Hocuspocus hook failed')
        }
        if (refusingHooks.has(name)) throw isRefusal ? error : closeEvent('internal')
      }
    }
  }
  return wrapped as Extension
}
