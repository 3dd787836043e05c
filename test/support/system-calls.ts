/** Parses the output of `strace -f -y -ttt -T -xx`. */

export interface SystemCall {
  name: string
  /** The target of its file descriptor: a path, or for example `socket:[…]`. */
  path: string
  /** The written bytes, as far as strace shows them. */
  data: Buffer
  result: number
  /** Seconds since 1970. */
  startedAt: number
  endedAt: number
}

/** Parses the calls in order of their start. Joins the two lines of a call that another thread interrupted. */
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
    const [, startedAt = '', name = '', path = '', hexData = '', result = '', took = ''] = call
    calls.push({
      name,
      path: decodeHex(path),
      data: Buffer.from([...hexData.matchAll(/\\x([0-9a-f]{2})/g)].map(([, hex]) => Number.parseInt(hex as string, 16))),
      result: Number(result),
      startedAt: Number(startedAt),
      endedAt: Number(startedAt) + Number(took),
    })
  }
  return calls.sort((one, other) => one.startedAt - other.startedAt)
}

/** With `-xx`, paths are hexadecimal too. */
const decodeHex = (path: string) => path.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
