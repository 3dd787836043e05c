import { request } from './api-client.ts'
import { onServerEvent } from './event-stream.ts'
import { Problem } from './problem.ts'

interface Job {
  state: 'queued' | 'working' | 'done' | 'failed'
  problem: string | null
}

/**
 * An event announces the end of a job. It is also polled, in case events do not arrive: first after `firstPollMs`, then less and less
 * often.
 */
const firstPollMs = 1000
const maxPollMs = 5000
const endEvents = ['export.finished', 'import.finished']

/** Waits for a job of the server to finish. @throws Problem with the reason if it failed */
export async function waitForJob<J extends Job>(path: string, id: string): Promise<J> {
  let wake = () => {}
  const stopListening = onServerEvent(({ event, data }) => {
    if (endEvents.includes(event) && (data.exportId === id || data.importId === id)) wake()
  })
  try {
    for (let pauseMs = firstPollMs; ; pauseMs = Math.min(maxPollMs, pauseMs * 1.4)) {
      const ended = new Promise<void>((resolve) => (wake = resolve))
      const job = await request<J>('GET', `${path}/${id}`)
      if (job.state === 'done') return job
      if (job.state === 'failed') throw new Problem('failed', job.problem ?? 'That did not work.', 422)
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, pauseMs))])
    }
  } finally {
    stopListening()
  }
}
