/** A long document that was really written: a keystroke record, replayed into one text. */
import * as Y from 'yjs'
import { opened } from '../test/support/client.ts'
import { readTrace, type } from '../test/support/trace.ts'
import { until } from '../test/support/until.ts'
import type { Ground } from './crowd.ts'
import type { System } from './systems.ts'

interface Paper {
  /** The document, as one update. */
  state: Uint8Array
  /** Signs of its text. */
  length: number
}

const papers = new Map<string, Paper>()

/** Replays a record, keystroke by keystroke; once a run. */
export function replayPaper(trace: string): Paper {
  const known = papers.get(trace)
  if (known) return known
  const document = new Y.Doc()
  const text = document.getText('text')
  const { start, patches } = readTrace(trace)
  if (start) text.insert(0, start)
  for (const patch of patches) type(text, patch)
  const paper = { state: Y.encodeStateAsUpdate(document), length: text.length }
  papers.set(trace, paper)
  return paper
}

/** Brings a paper into a system through an unmodified provider, and an empty document beside it. Answers when it is stored. */
export async function bring(system: System, { state, length }: Paper): Promise<Ground & { empty: string }> {
  const { names, token } = await system.documents(2)
  const [name = '', empty = ''] = names
  const document = new Y.Doc()
  Y.applyUpdate(document, state)
  const author = await opened(system.nodes[0]?.url ?? '', name, token, document)
  author.close()
  await until(() => system.stored(name), 'the paper to be stored')
  return { names: [name], token, state, length, empty }
}
