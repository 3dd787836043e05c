/**
 * The log: one JSON line for each fact, on standard error. ERROR: someone must act. WARN: it recovered or is retried. INFO: lifecycle.
 * DEBUG: one line for each operation.
 */
import { pino } from 'pino'

export type Log = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error'>

/** @param level lowest level that is written: trace, debug, info, warn, error or silent */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, redact: ['*.password', '*.accessToken', '*.refreshToken', '*.token'] },
    pino.destination({ dest: 2, sync: true }),
  )
}
