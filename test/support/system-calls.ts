/** What `strace -f -y -ttt -T -xx` wrote of a process. */

export interface SystemCall {
  name: string
  /** What its file descriptor stands for: a path, or `socket:[…]` and the like. */
  path: string
  /** What it wrote, as far as it was traced. */
  data: Buffer
  result: number
  /** Seconds since 1970. */
  startedAt: number
  endedAt: number
}

/** Reads the calls in the order in which they began, those that were interrupted by another thread's put together. */
export function parseSystemCalls(trace: string): SystemCall[] {
  const unfinished = new Map<string, string>()
  const calls: SystemCall[] = []
  for (const line of trace.split('\n')) {
    const [, thread = '', at = '', rest = ''] = /^(\d+)\s+([\d.]+) (.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, `${at} ${rest.slice(0, -'<unfinished ...>'.length)}`)
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const whole = resumed ? `${unfinished.get(thread) ?? ''}${resumed[1]}` : `${at} ${rest}`
    const call = /^([\d.]+) (\w+)\(\d+<((?:[^>]|(?<=-)>)*)>(.*)\) += (-?\d+).*<([\d.]+)>$/.exec(whole)
    if (!call) continue
    const [, began = '', name = '', path = '', told = '', result = '', took = ''] = call
    calls.push({
      name,
      path: decodeHex(path),
      data: Buffer.from([...told.matchAll(/\\x([0-9a-f]{2})/g)].map(([, hex]) => Number.parseInt(hex as string, 16))),
      result: Number(result),
      startedAt: Number(began),
      endedAt: Number(began) + Number(took),
    })
  }
  return calls.sort((one, other) => one.startedAt - other.startedAt)
}

/** With `-xx`, paths come in hexadecimal too. */
const decodeHex = (path: string) => path.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
