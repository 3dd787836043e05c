import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { type ClusterNode, startClusterNode } from '../support/cluster.ts'
import { createEmptyDatabase } from '../support/node.ts'
import { findFreePort, isInstalled } from '../support/servers.ts'
import { parseSystemCalls } from '../support/system-calls.ts'
import { waitUntil } from '../support/wait-until.ts'

const editCount = 30
const { env, remove } = await createEmptyDatabase({ embedded: true })
let node: ClusterNode
let tracer: ChildProcess | undefined
afterAll(async () => {
  tracer?.kill('SIGTERM')
  await node?.kill('SIGKILL')
  await remove()
})

const tracedCalls = 'fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg'

/** Attaches `strace` to all threads of a process. Returns the output file, or undefined if ptrace is refused. */
async function attachTracer(pid: number): Promise<string | undefined> {
  const file = join(env.DATA_DIR as string, 'trace')
  // -s: a log page is 8 KiB, and one write can contain several pages
  const settings = ['-f', '-y', '-ttt', '-T', '-xx', '-s', '200000', '-e', `trace=${tracedCalls}`, '-o', file]
  tracer = spawn('strace', [...settings, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  tracer.stderr?.on('data', (data: Buffer) => {
    output += data.toString()
  })
  await waitUntil(() => /attached/.test(output) || tracer?.exitCode !== null, 'strace to attach')
  return tracer.exitCode === null && !/not permitted/.test(output) ? file : undefined
}

test.skipIf(!isInstalled('the write-ahead log at the system calls', 'strace'))(
  'an embedded node syncs the write-ahead log with each edit before it acknowledges the edit',
  { timeout: 120_000 },
  async () => {
    node = await startClusterNode({ ...env, PORT: String(await findFreePort()) })
    const ann = await registerPerson(node.url, 'Ann')
    const name = await createDraft(ann)
    const author = await openDocument(node.url, name, ann.token)
    author.text.insert(0, 'the document is open and its log too ')
    await waitUntil(() => isSaved(author), 'the first text to be saved')
    const file = await attachTracer(node.process.child.pid as number)
    if (!file) return console.log('Not tested here: the write-ahead log at the system calls (ptrace is refused).')

    const marks = Array.from({ length: editCount }, (_, n) => `[edit ${n} of ${process.pid}]`)
    for (const mark of marks) {
      // insert the mark twice, because the end of a log page can split one of the two
      author.text.insert(0, mark + mark)
      // type the next edit only after this one is acknowledged
      await waitUntil(() => isSaved(author), `${mark} to be acknowledged`)
    }
    // one more edit, because the tracer can stop before it records the call with the last acknowledgement
    author.text.insert(0, 'the end')
    await waitUntil(() => isSaved(author), 'the last edit to be acknowledged')
    author.close()
    tracer?.kill('SIGTERM')
    if (tracer) await once(tracer, 'exit')

    const calls = parseSystemCalls(readFileSync(file, 'latin1'))
    const isWalPath = (path: string) => path.includes('/pg_wal/')
    const acknowledgement = Buffer.concat([Buffer.from(name), Buffer.from([8, 1])])
    const acknowledgements = calls.filter(({ path, data }) => !path.startsWith('/') && data.includes(acknowledgement)).slice(0, editCount)
    expect(acknowledgements).toHaveLength(editCount)
    for (const [index, mark] of marks.entries()) {
      const written = calls.find(({ path, data }) => isWalPath(path) && data.includes(mark))
      expect(written, `${mark} in the log`).toBeDefined()
      if (!written) return
      const synced = calls.find(
        ({ name, path, result, startedAt }) =>
          /^f(data)?sync$/.test(name) && path === written.path && result === 0 && startedAt >= written.endedAt,
      )
      expect(synced, `${mark} to be synced`).toBeDefined()
      // an acknowledgement counts as sent from the start of its system call
      expect(acknowledgements[index]?.startedAt, `${mark} to be acknowledged after its sync`).toBeGreaterThanOrEqual(
        synced?.endedAt as number,
      )
    }
    const syncs = calls.filter(({ name, path }) => /^f(data)?sync$/.test(name) && isWalPath(path)).length
    console.log(`write-ahead log: ${editCount} edits, each in the log and synced before its acknowledgement left; ${syncs} syncs`)
  },
)
