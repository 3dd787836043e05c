/**
 * The thread beside the node: started when it is needed, one task at a time, ended when nothing came for a while. It has bounds of memory and
 * time, so that a file made to hurt ends its own task, and nobody who types waits for it.
 */
import { Worker } from 'node:worker_threads'
import type { Order, Reply } from './thread.ts'
import type { Names, Task } from './task.ts'

/**
 * A task of 1,200 blocks takes half a second of a core; one that takes this long, milliseconds of its own time, will not end well. By the
 * clock a node that has much to do may take far longer, since the thread comes after all else.
 */
const mostWork = 60_000
const mostWait = 15 * 60_000
/** How often the thread's time is looked at, milliseconds. */
const look = 1000
const idleFor = 60_000
/** Memory of the thread's objects, MB: a PDF of a thousand pages stays below. */
const memory = 768

/** What became of a task: its answer, or why there is none, for who asked. */
export type Done<T> = { done: T; problem?: undefined } | { done?: undefined; problem: string }

let worker: Worker | undefined
let idle: NodeJS.Timeout | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Does a task in the thread, after those that wait.
 * @param names asked for the names of people that the task comes upon
 * @throws whatever `names` throws; a thread that dies of a task is that task's problem
 */
export function inThread<T>(task: Task, names: Names = () => Promise.resolve({})): Promise<Done<T>> {
  const mine = last.then(() => once<T>(task, names))
  last = mine.catch(() => {})
  return mine
}

function started(): Worker {
  clearTimeout(idle)
  if (worker) return worker
  // it reads files of strangers: it has no environment, so no secret
  worker = new Worker(new URL('./thread.ts', import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: memory, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
  })
  worker.unref()
  // one that dies between two tasks is nobody's problem
  const one = worker
  one.on('error', () => {})
  one.on('exit', () => {
    if (worker === one) worker = undefined
  })
  return worker
}

function end() {
  const ended = worker
  worker = undefined
  void ended?.terminate()
}

/** Time of a core that the thread took so far, milliseconds; 0 of one that has ended. */
async function worked(thread: Worker): Promise<number> {
  const { user, system } = await thread.cpuUsage().catch(() => ({ user: 0, system: 0 }))
  return (user + system) / 1000
}

async function once<T>(task: Task, names: Names): Promise<Done<T>> {
  const thread = started()
  let timer: NodeJS.Timeout | undefined
  const [began, before] = [performance.now(), await worked(thread)]
  let settled = () => {}
  const order = (message: Order) => thread.postMessage(message)
  try {
    return await new Promise<Done<T>>((resolve, reject) => {
      timer = setInterval(() => {
        void worked(thread).then((spent) => {
          if (spent - before < mostWork && performance.now() - began < mostWait) return
          end()
          resolve({ problem: 'It took too long, and was given up.' })
        })
      }, look)
      const died = () => {
        worker = undefined
        resolve({ problem: 'It is too large or too deep to be worked on.' })
      }
      thread.once('error', died)
      thread.once('exit', died)
      settled = () => {
        thread.off('error', died)
        thread.off('exit', died)
        thread.removeAllListeners('message')
      }
      thread.on('message', (reply: Reply) => {
        if ('ask' in reply) names(reply.ask).then((found) => order({ names: found }), reject)
        else if ('done' in reply) resolve({ done: reply.done as T })
        else if ('problem' in reply) resolve({ problem: reply.problem })
        // a stack that ran full is the file's doing; all else is ours
        else if (/^RangeError: (Maximum call stack|Invalid (array|string) length)/.test(reply.failed))
          resolve({ problem: 'It is too large or too deep to be worked on.' })
        else reject(new Error(reply.failed))
      })
      order({ task })
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
