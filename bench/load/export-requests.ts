/**
 * Background load of row `exports`: keeps so many exports of one document requested, Word and PDF in turn. Prints a line when the first
 * file is ready, runs until its input ends, and prints how many files were ready after the first.
 */
import { sendRequest } from '../../test/support/client.ts'
import { smartStartEvents, Subscriber } from './subscriber.ts'

const [url = '', token = '', documentName = '', concurrency] = process.argv.slice(2)

let requested = 0
let ready = -1

async function requestExport(): Promise<void> {
  const format = requested++ % 2 === 0 ? 'docx' : 'pdf'
  const { status } = await sendRequest(
    url,
    'POST',
    `/api/documents/${documentName}/exports`,
    { format },
    { authorization: `Bearer ${token}` },
  )
  if (status !== 201) throw new Error(`the export request was answered with ${status}`)
}

const subscriber = new Subscriber(url, smartStartEvents(token, {}, 'export.finished'), (event) => {
  if (JSON.parse(event).data.state !== 'done') throw new Error('an export failed')
  if (++ready === 0) console.log('first file')
  void requestExport()
})
await subscriber.opened
process.stdin.resume().on('end', () => {
  console.log(ready)
  process.exit()
})
await Promise.all(Array.from({ length: Number(concurrency) }, requestExport))
