/**
 * The benchmarks: SmartStart and its peers in one run on one machine, ratios first.
 *
 * `npm run bench`. Today: a pair in one document, the quiet case: milliseconds from keystroke to the other screen, and to the
 * acknowledgement, beside bare Hocuspocus, whose acknowledgement promises no commit.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draftOf, type Open, opened, register } from '../test/support/client.ts'
import { median, typeOneByOne } from './keystrokes.ts'

const keystrokes = 500
const rounds = 5

interface Server {
  url: string
  /** A document's name, and a token that may write to it. */
  document: string
  token: string
  stop(): Promise<void>
}

async function launch(file: string, env: Record<string, string>): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: /http:\S+/.exec(line.toString())?.[0] ?? '',
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

async function smartStart(): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
  const { url, stop } = await launch('../main.ts', {
    TOKEN_SECRET: 'only for a benchmark on this machine',
    PORT: '0',
    DATA_DIR: dataDir,
    LIMITS: 'off',
    LOG_LEVEL: 'error',
  })
  const ann = await register(url, 'Ann')
  return {
    url,
    document: await draftOf(ann, 'Bench'),
    token: ann.token,
    async stop() {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const bareHocuspocus = async (): Promise<Server> => ({ ...(await launch('bare-hocuspocus.ts', {})), document: 'bench', token: 'any' })

async function measure({ url, document, token }: Server) {
  const author: Open = await opened(url, document, token)
  const watcher: Open = await opened(url, document, token)
  const { seen, acknowledged } = await typeOneByOne(
    author,
    watcher,
    Array.from({ length: keystrokes }, () => [0, 0, 'x']),
  )
  author.close()
  watcher.close()
  return { seen: median(seen), acknowledged: median(acknowledged) }
}

const results = { ours: [] as { seen: number; acknowledged: number }[], theirs: [] as { seen: number; acknowledged: number }[] }
for (const [start, kept] of [
  [smartStart, results.ours],
  [bareHocuspocus, results.theirs],
] as const) {
  const server = await start()
  for (let round = 0; round < rounds; round++) kept.push(await measure(server))
  await server.stop()
}
const line = (what: 'seen' | 'acknowledged', name: string) => {
  const [ours, theirs] = [results.ours, results.theirs].map((rounds) => median(rounds.map((round) => round[what]))) as [number, number]
  console.log(
    `${name}: SmartStart ${ours.toFixed(2)} ms, bare Hocuspocus ${theirs.toFixed(2)} ms (${(ours / theirs).toFixed(2)} x, +${(ours - theirs).toFixed(2)} ms)`,
  )
}
console.log(
  `A pair, ${keystrokes} keystrokes one by one, p50, median of ${rounds} rounds, ${process.env.DATABASE_URL ? 'PostgreSQL' : 'embedded'}:`,
)
line('seen', 'keystroke to the other screen')
line('acknowledged', 'keystroke to its acknowledgement (ours: committed)')
