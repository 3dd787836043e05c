/** Hooks that cannot kill the process: a throw from most of Hocuspocus' hooks is an unhandled rejection (hocuspocus 0.6). */
import type { Extension } from '@hocuspocus/server'
import type { Log } from '../domain/kernel/log.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { closing } from './close.ts'

/** Hooks whose refusal means something to Hocuspocus; what they throw goes on, as a closing. */
const refusing = new Set(['onAuthenticate', 'onLoadDocument', 'onTokenSync', 'beforeUnloadDocument', 'beforeSync', 'beforeHandleMessage'])

/** Wraps every hook of an extension: what it throws unexpectedly is logged and counted, never fatal. */
export function safely(extension: Extension, log: Log, metrics: Metrics): Extension {
  const names = new Set([...Object.keys(extension), ...Object.getOwnPropertyNames(Object.getPrototypeOf(extension))])
  const wrapped: Record<string, unknown> = {}
  for (const name of names) {
    const hook = (extension as unknown as Record<string, unknown>)[name]
    if (typeof hook !== 'function' || name === 'constructor') continue
    wrapped[name] = async (payload: unknown) => {
      try {
        return await hook.call(extension, payload)
      } catch (error) {
        const expected = typeof (error as { reason?: unknown })?.reason === 'string' && !(error instanceof Error)
        if (!expected) {
          metrics.hookFailures.inc({ hook: name })
          log.error({ hook: name, error: (error as Error)?.stack ?? String(error) }, 'a hook failed')
        }
        if (refusing.has(name)) throw expected ? error : closing('internal')
      }
    }
  }
  return wrapped as Extension
}
