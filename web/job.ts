import { ask } from './client.ts'
import { Problem } from './problem.ts'

interface Job {
  state: 'queued' | 'working' | 'done' | 'failed'
  problem: string | null
}

/** How often a job is asked for, milliseconds: at first, and at most. */
const soon = 250
const late = 2000

/** Waits for a job of the server's. @throws Problem with what went wrong, for the person */
export async function finished<J extends Job>(path: string, signal?: AbortSignal): Promise<J> {
  for (let pause = soon; ; pause = Math.min(late, pause * 1.4)) {
    const job = await ask<J>('GET', path, signal ? { signal } : {})
    if (job.state === 'done') return job
    if (job.state === 'failed') throw new Problem('failed', job.problem ?? 'That did not work.', 422)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
