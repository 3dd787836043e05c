/**
 * Those who want files of a document, in a process of their own: they would be on machines of their own, so they come after who types on the load's
 * core. As the workspace does, they are told when a file is made. Prints a line once the first is, goes on until its input ends, and prints how many
 * were made after it.
 */
import { ask } from '../test/support/client.ts'
import { Hearer, smartStart } from './hearer.ts'

const [url = '', token = '', name = '', atOnce] = process.argv.slice(2)

let over = false
let made = -1
/** What is wanted, by its id. */
const wanted = new Map<string, (state: string) => void>()
/** What was told of before its id was known. */
const ended = new Map<string, string>()
const hearer = new Hearer(url, smartStart(token, {}, 'files.export-made'), () => {
  const { exportId, state } = JSON.parse(hearer.last).data as { exportId: string; state: string }
  const told = wanted.get(exportId)
  if (told) told(state)
  else ended.set(exportId, state)
})
await hearer.opened
process.stdin.on('end', () => (over = true)).resume()
await Promise.all(Array.from({ length: Number(atOnce) }, (_, place) => order(place)))
console.log(made)
process.exit()

/** One file after the other, Word and PDF in turn. */
async function order(first: number): Promise<void> {
  for (let turn = first; !over; turn++) {
    const format = turn % 2 === 0 ? 'docx' : 'pdf'
    const { body } = await ask(url, 'POST', `/api/documents/${name}/exports`, { format }, { authorization: `Bearer ${token}` })
    const state = ended.get(body.id) ?? (await new Promise<string>((resolve) => wanted.set(body.id, resolve)))
    if (state !== 'done') throw new Error('an export failed')
    if (!over && ++made === 0) console.log('the first')
  }
}
