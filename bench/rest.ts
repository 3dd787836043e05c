/** Row `rest`: reads of one draft a second, beside a bare Koa route that does one query. */
import { launch } from './processes.ts'
import { requestsPerSecond } from './requests.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart } from './systems.ts'
import { middle, ratio } from './turns.ts'

const connections = 16

export const rest: Row = {
  name: 'rest',
  title: `GET /api/legal/documents/:id on ${connections} connections: answers a second`,
  needs: ['postgres'],
  async run({ rounds, brief }) {
    const system = await startSmartStart()
    const bare = await launch('bare-koa.ts', { DATABASE_URL: system.database?.url })
    const told: { ours: number; bare: number }[] = []
    try {
      const length = { connections, warmUp: brief ? 1000 : 2000, measured: brief ? 2000 : 5000 }
      for (let turn = 0; turn < rounds; turn++) {
        const { names, token } = await system.documents(1)
        const target = { path: `/api/legal/documents/${names[0]?.split(':')[1]}`, headers: { authorization: `Bearer ${token}` } }
        const ask = (url: string) => requestsPerSecond({ url, ...target }, length)
        told.push({ ours: await ask(system.nodes[0]?.url ?? ''), bare: await ask(bare.url) })
      }
    } finally {
      await bare.stop()
      await system.stop()
    }
    const each = (figure: 'ours' | 'bare') => Math.round(middle(told, (round) => round[figure]))
    const ratios = ratio(
      told.map(({ ours }) => ours),
      told.map(({ bare }) => bare),
      (figure) => figure,
    )
    print('answers a second', times(ratios), `SmartStart ${each('ours')}, a bare Koa route with one query ${each('bare')}`)
  },
}
