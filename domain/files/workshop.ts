/**
 * The worker beside the node: started when it is needed, one task at a time, ended when nothing came for a while. It has bounds of memory and
 * time, so that a file made to hurt ends its own task, and nobody who types waits for it.
 *
 * A process and not a thread: all that V8 does for it (collecting, compiling) comes after the node's own work too, even on one core.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { piecesOf } from '../kernel/piece.ts'
import { restAsLong } from '../kernel/turn.ts'
import type { Order, Reply } from './order.ts'
import type { Names, Task } from './task.ts'

/**
 * A task of 1,200 blocks takes half a second of a core; one that takes this long, milliseconds of its own time, will not end well. By the
 * clock a node that has much to do may take far longer, since the worker comes after all else.
 */
const mostWork = 60_000
const mostWait = 15 * 60_000
/** How often the worker's time is looked at, milliseconds. */
const look = 1000
const idleFor = 60_000
/** Between two tasks, where somebody writes. Milliseconds. */
const mostRest = 2000
/** Memory of the worker's objects: a PDF of a thousand pages stays below. Stack: deep files are for their reader to refuse, not for V8. */
const bounds = ['--max-old-space-size=768', '--max-semi-space-size=32', '--stack-size=3900']
/**
 * With no threads beside its own: the scheduler gives the idle class its small share too, a tick of some milliseconds now and then, and of many
 * threads that wait there is always one whose turn that is when a node on the same core wakes up. And with no tidying up while it has nothing to do: it ends soon.
 */
const alone = ['--single-threaded', '--no-memory-reducer']
/**
 * Runs what follows where nothing else wants the core. Linux has a class for that (sched 7, SCHED_IDLE): who wakes up is let in at once, while
 * one of the lowest niceness may first end its slice of some milliseconds. Where the class is not to be had, the lowest niceness is.
 */
const afterAllElse = ['/bin/sh', '-c', 'chrt --idle 0 true 2>/dev/null && exec chrt --idle 0 "$0" "$@"; exec nice -n 19 "$0" "$@"']

/** What became of a task: its answer, or why there is none, for who asked. */
export type Done<T> = { done: T; problem?: undefined } | { done?: undefined; problem: string }

let worker: ChildProcess | undefined
let idle: NodeJS.Timeout | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Does a task in the worker, after those that wait.
 * @param names asked for the names of people that the task comes upon
 * @throws whatever `names` throws; a worker that dies of a task is that task's problem
 */
export function inWorker<T>(task: Task, names: Names = () => Promise.resolve({})): Promise<Done<T>> {
  let began = 0
  const mine = last.then(() => {
    began = performance.now()
    return once<T>(task, names)
  })
  last = mine.catch(() => {}).then(() => restAsLong(Math.min(performance.now() - began, mostRest)))
  return mine
}

function started(): ChildProcess {
  clearTimeout(idle)
  if (worker) return worker
  const entry = [process.execPath, ...bounds, ...alone, fileURLToPath(new URL('./worker.ts', import.meta.url))]
  const [command = '', ...rest] = process.platform === 'win32' ? entry : [...afterAllElse, ...entry]
  // it reads files of strangers: it has no environment, so no secret
  const one = spawn(command, rest, {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  })
  worker = one
  one.unref()
  one.channel?.unref()
  // one that dies between two tasks is nobody's problem
  one.on('error', () => {})
  one.on('exit', () => {
    if (worker === one) worker = undefined
  })
  return one
}

function end() {
  const ended = worker
  worker = undefined
  ended?.kill('SIGKILL')
}

/** So many of the kernel's ticks are a second, for all programs. */
const ticks = 100

/** Time of a core that the worker took so far, milliseconds; 0 of one that has ended, and where the system does not tell. */
async function worked({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // behind the name, which may hold anything: user time is the 14th field, system time the 15th (proc 5)
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return ((user + system) / ticks) * 1000
}

/** Hands over a task, what is long of it ahead in pieces, between which others have their turn. */
async function hand(task: Task, order: (message: Order) => Promise<void>): Promise<void> {
  for (const [part, bytes] of task.bytes.entries()) {
    for (const some of bytes) for (const piece of piecesOf(some)) await order({ piece, part })
  }
  await order({ task: { ...task, bytes: [] } })
}

async function once<T>(task: Task, names: Names): Promise<Done<T>> {
  const one = started()
  let timer: NodeJS.Timeout | undefined
  const [began, before] = [performance.now(), await worked(one)]
  let settled = () => {}
  const order = (message: Order) => new Promise<void>((sent) => one.send(message, () => sent()))
  const pieces: Uint8Array[] = []
  try {
    return await new Promise<Done<T>>((resolve, reject) => {
      timer = setInterval(() => {
        void worked(one).then((spent) => {
          if (spent - before < mostWork && performance.now() - began < mostWait) return
          end()
          resolve({ problem: 'It took too long, and was given up.' })
        })
      }, look)
      const died = () => {
        worker = undefined
        resolve({ problem: 'It is too large or too deep to be worked on.' })
      }
      one.once('error', died)
      one.once('exit', died)
      settled = () => {
        one.off('error', died)
        one.off('exit', died)
        one.removeAllListeners('message')
      }
      one.on('message', (reply: Reply) => {
        if ('ask' in reply) names(reply.ask).then((found) => void order({ names: found }), reject)
        else if ('piece' in reply) pieces.push(reply.piece)
        else if ('done' in reply) resolve({ done: (reply.done ?? pieces) as T })
        else if ('problem' in reply) resolve({ problem: reply.problem })
        // a stack that ran full is the file's doing; all else is ours
        else if (/^RangeError: (Maximum call stack|Invalid (array|string) length)/.test(reply.failed))
          resolve({ problem: 'It is too large or too deep to be worked on.' })
        else reject(new Error(reply.failed))
      })
      void hand(task, order)
    })
  } catch (error) {
    end()
    throw error
  } finally {
    clearInterval(timer)
    settled()
    idle = setTimeout(end, idleFor)
    idle.unref()
  }
}
