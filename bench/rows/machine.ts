/** Row `machine`: an event of a state machine, beside an ordinary update of the same document. */
import { createHttpClient } from '../load/http-client.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startSmartStart } from '../servers/systems.ts'

const connections = 4

export const machine: Row = {
  name: 'machine',
  title: `POST /api/state-machines/legalDocument/:id/event on ${connections} connections, each with its document: answers a second`,
  async run({ rounds, short }) {
    const system = await startSmartStart()
    const [events, updates]: [number[], number[]] = [[], []]
    try {
      const durationMs = short ? 2000 : 5000
      const { token } = await system.createDocuments(1)
      for (let round = 0; round < rounds; round++) {
        const ids = await Promise.all(Array.from({ length: connections }, () => createReviewedDraft(system.url, token)))
        for (const [measured, request] of [
          [updates, updateTitle],
          [events, sendEvent],
        ] as const) {
          await answersPerSecond(system.url, token, ids, durationMs / 4, request)
          measured.push(await answersPerSecond(system.url, token, ids, durationMs, request))
        }
      }
    } finally {
      await system.stop()
    }
    const ratio = formatRatio(median(events.map((rate, round) => rate / (updates[round] ?? Number.NaN))))
    printResult('answers a second', ratio, `events ${Math.round(median(events))}, changes of a title ${Math.round(median(updates))}`)
  },
}

/** A request: the nth of a document. */
type Request = (id: string, n: number) => { method: string; path: string; body: object }

const updateTitle: Request = (id, n) => ({ method: 'PATCH', path: `/api/legal/documents/${id}`, body: { title: `Title ${n}` } })
/** Sends a document back and forth between its reviewers and its authors. Half of the events read its text. */
const sendEvent: Request = (id, n) => ({
  method: 'POST',
  path: `/api/state-machines/legalDocument/${id}/event`,
  body: { event: n % 2 === 0 ? 'REQUEST_REVISION' : 'REVISION_COMPLETE' },
})

/** Creates a draft with a text that is under review. @returns its id */
async function createReviewedDraft(url: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = async (path: string, body: object) => {
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`)
    return (await response.json()) as { id: string }
  }
  const { id } = await post('/api/legal/documents', { title: 'Agreement', templateId: 'mutual-nda' })
  await post(`/api/state-machines/legalDocument/${id}/event`, { event: 'SUBMIT_FOR_REVIEW' })
  return id
}

/** Sends requests, one at a time for each document, for some time. An even number for each, so that all end as they began. */
async function answersPerSecond(url: string, token: string, ids: readonly string[], durationMs: number, request: Request): Promise<number> {
  const began = performance.now()
  let answers = 0
  const requestUntilEnd = async (id: string) => {
    const client = createHttpClient(url, token)
    for (let n = 0; n % 2 === 1 || performance.now() - began < durationMs; n++) {
      const { method, path, body } = request(id, n)
      const status = await client(method, path, body)
      if (status !== 200) throw new Error(`${path} was answered with ${status}`)
      answers++
    }
  }
  await Promise.all(ids.map(requestUntilEnd))
  return (answers * 1000) / (performance.now() - began)
}
