/**
 * A worker process beside the node: started on the first task, one task at a time, ended after a minute without tasks or when its node ends.
 * Its memory, its stack and the time of a task are bounded, so a hostile task ends alone.
 *
 * A process and not a thread: a process can have a lower priority, so its garbage collection does not delay a typing client even on one core.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { FairQueue } from './fair-queue.ts'
import type { ResolveNames, WorkerReply, WorkerRequest, WorkerTask } from './worker-message.ts'

const idleTimeoutMs = 60_000
/** A PDF of a thousand pages stays below this heap. The stack is large because the readers themselves refuse what is nested too deep. */
const memoryFlags = ['--max-old-space-size=768', '--stack-size=3900']

/** The answer of a task, or why there is none, for the person who asked. */
export type TaskResult<T> = { done: T; problem?: undefined } | { done?: undefined; problem: string }

export interface WorkerOptions {
  /** The module that the process runs; it calls `serveTasks`. */
  entry: URL
  /** Niceness, 1 to 19: the higher, the more a task waits for everything else on the machine. */
  niceness: number
  /** A task that takes longer is ended. */
  timeoutMs: number
}

/** A worker process and the queue of its tasks. */
export class WorkerProcess<Task extends WorkerTask> {
  readonly #options: WorkerOptions
  readonly #queue = new FairQueue()
  #child: ChildProcess | undefined
  #idleTimer: NodeJS.Timeout | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /**
   * Does a task in the worker when it is the turn of the person for whom it is done.
   * @param resolveNames answers the names of people that the task asks for
   * @param maxWaiting how many tasks of one person may run and wait
   * @returns a problem where the worker ran out of memory, stack or time
   * @throws DomainError rate-limited past `maxWaiting`; else what `names` throws, or the task's own error
   */
  run<T>(person: string, task: Task, resolveNames: ResolveNames = () => Promise.resolve({}), maxWaiting?: number): Promise<TaskResult<T>> {
    return this.#queue.run(person, () => this.#runTask<T>(task, resolveNames), maxWaiting)
  }

  #ensureStarted(): ChildProcess {
    clearTimeout(this.#idleTimer)
    if (this.#child) return this.#child
    // it reads files of strangers: it gets no environment, so no secret. Its standard input ends with this process (`parent-watch.ts`)
    const child = spawn(process.execPath, [...memoryFlags, fileURLToPath(this.#options.entry)], {
      env: {},
      stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    })
    if (child.pid !== undefined) setPriority(child.pid, this.#options.niceness)
    this.#child = child
    child.unref()
    child.channel?.unref()
    ;(child.stdin as Socket | null)?.unref()
    child.stdin?.on('error', () => {})
    // a worker that dies between two tasks is started again for the next
    child.on('error', () => {})
    child.on('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    return child
  }

  readonly #kill = () => {
    const ended = this.#child
    this.#child = undefined
    ended?.kill('SIGKILL')
  }

  async #runTask<T>(task: WorkerTask, resolveNames: ResolveNames): Promise<TaskResult<T>> {
    const child = this.#ensureStarted()
    const send = (request: WorkerRequest) => child.send(request, () => {})
    let timeout: NodeJS.Timeout | undefined
    let stopListening = () => {}
    try {
      return await new Promise<TaskResult<T>>((resolve, reject) => {
        const onEnd = () => resolve({ problem: tooLarge })
        const onMessage = (reply: WorkerReply) => {
          if ('namesOf' in reply) resolveNames(reply.namesOf).then((found) => send({ names: found }), reject)
          else if ('done' in reply) resolve({ done: reply.done as T })
          else if ('problem' in reply) resolve({ problem: reply.problem })
          // a full stack is the input's doing; every other error is ours
          else if (/^RangeError: (Maximum call stack|Invalid (array|string) length)/.test(reply.failed)) resolve({ problem: tooLarge })
          else reject(new Error(reply.failed))
        }
        child.on('message', onMessage).once('error', onEnd).once('exit', onEnd)
        stopListening = () => child.off('message', onMessage).off('error', onEnd).off('exit', onEnd)
        timeout = setTimeout(() => {
          this.#kill()
          resolve({ problem: 'It took too long and was stopped.' })
        }, this.#options.timeoutMs)
        send({ task })
      })
    } catch (error) {
      this.#kill()
      throw error
    } finally {
      clearTimeout(timeout)
      stopListening()
      this.#idleTimer = setTimeout(this.#kill, idleTimeoutMs)
      this.#idleTimer.unref()
    }
  }
}

const tooLarge = 'It is too large or too deep to be processed.'
