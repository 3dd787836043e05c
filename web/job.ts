import { ask } from './client.ts'
import { hearNews } from './news.ts'
import { Problem } from './problem.ts'

interface Job {
  state: 'queued' | 'working' | 'done' | 'failed'
  problem: string | null
}

/** The end of a job is told of. It is asked for now and then too, where news do not come through. Milliseconds: at first, and at most. */
const soon = 1000
const late = 5000
const ends = ['files.export-made', 'legal.import-read']

/** Waits for a job of the server's. @throws Problem with what went wrong, for the person */
export async function finished<J extends Job>(path: string, id: string): Promise<J> {
  let wake = () => {}
  const end = hearNews(({ event, data }) => {
    if (ends.includes(event) && (data.exportId === id || data.importId === id)) wake()
  })
  try {
    for (let pause = soon; ; pause = Math.min(late, pause * 1.4)) {
      const told = new Promise<void>((resolve) => (wake = resolve))
      const job = await ask<J>('GET', `${path}/${id}`)
      if (job.state === 'done') return job
      if (job.state === 'failed') throw new Problem('failed', job.problem ?? 'That did not work.', 422)
      await Promise.race([told, new Promise((resolve) => setTimeout(resolve, pause))])
    }
  } finally {
    end()
  }
}
