/** Row `nodes`: two nodes of SmartStart, beside two of Hocuspocus with extension-redis and extension-database. */
import { Redis } from 'ioredis'
import { runCrowd } from './crowd.ts'
import { lengthOf, warming } from './crowds.ts'
import { bring, replayPaper } from './paper.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, startStoredHocuspocus } from './systems.ts'
import { inTurns, middle, milliseconds, ratio } from './turns.ts'

export const redisUrl = process.env.REDIS_URL || 'redis://127.0.0.1:6379'
const work = { documents: 1, writers: 4, readers: 6, edits: 5, cursors: 0 }

/** Why Redis cannot be used; undefined when it can. */
export async function missingRedis(): Promise<string | undefined> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return undefined
  } catch (error) {
    return `Redis at REDIS_URL (${(error as Error).message})`
  } finally {
    redis.disconnect()
  }
}

export const nodes: Row = {
  name: 'nodes',
  title: 'a paper on two nodes, 4 writers and 6 readers spread over both, 5 edits/s a writer: CPU of both for each edit',
  needs: ['postgres', 'redis', 'trace'],
  async run(asked) {
    const paper = replayPaper(asked.trace)
    const options = { nodes: 2, redisUrl }
    const told = await inTurns(
      [() => startSmartStart(options), () => startStoredHocuspocus(options)],
      asked.rounds,
      async (system) => runCrowd(system, work, lengthOf(asked), await bring(system, paper)),
      // so few edits a second warm nothing up in the time that there is
      (system) => runCrowd(system, { ...work, edits: 50 }, warming(asked)),
    )
    const [ours, theirs] = [told.get('SmartStart'), told.get('Hocuspocus')]
    const cpu = (rounds: typeof ours) => `${(middle(rounds, (round) => round.cpuOfEdit) / 1000).toFixed(2)} ms`
    print(
      'CPU of both nodes',
      times(ratio(ours, theirs, (round) => round.cpuOfEdit)),
      `SmartStart ${cpu(ours)} an edit, Hocuspocus ${cpu(theirs)}`,
    )
    print('', '', `to the other screens: SmartStart ${milliseconds(ours, 'seen')}; Hocuspocus ${milliseconds(theirs, 'seen')}`)
  },
}
