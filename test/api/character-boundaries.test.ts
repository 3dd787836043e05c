/** A suggestion, a comment and its decisions never divide a surrogate pair or what a reader sees as one character. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import { getEmptyNode } from '../support/node.ts'
import { createRangeAnchor, getBlockText, readText } from '../support/prose.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { openReviewedDraft } from '../support/reviewed-draft.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer'])
})

const original = 'For 𠮷野 🤝 👨‍👩‍👧 cafe\u0301 🇩🇪🇫🇷 👍🏽 end'
/** The characters as a reader sees them. */
const characters = [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(original)].map(({ segment }) => segment)

test('a suggested deletion of half a character is of the whole one, and rejecting it restores the text', async () => {
  const { owner, suggest, decide, waitUntilText } = await openReviewedDraft(node, person, original)
  const half = original.indexOf('𠮷') + 1
  const made = await suggest('delete', createRangeAnchor(getBlockText(owner.document, 0), half, getBlockText(owner.document, 0), half + 1))
  expect(made).toMatchObject({ status: 201, body: { deleted: '𠮷' } })
  await decide('owner', 'reject', made.body.id)
  await waitUntilText(original)
  await waitUntil(() => JSON.stringify(getBlockText(owner.document, 0).toDelta()) === JSON.stringify([{ insert: original }]), 'no marks')
})

test('suggestions and comments at random places consist of whole characters, and rejecting them restores the text (property)', async () => {
  const random = createRandom(readSeed('character boundaries'))
  const { name, owner, suggest, decide, waitUntilText } = await openReviewedDraft(node, person, original)
  for (let round = 0; round < 25; round++) {
    const [from, to] = [random(), random()].map((part) => Math.floor(part * (original.length + 1))).toSorted((one, other) => one - other)
    const text = getBlockText(owner.document, 0)
    const anchor = createRangeAnchor(text, from as number, text, to as number)
    const comment = await person('commenter').request('POST', `/api/documents/${name}/threads`, { text: 'Why?', anchor })
    if (comment.status === 201) expect(isWhole(comment.body.quote as string)).toBe(true)
    const kind = (['insert', 'delete', 'replace'] as const)[round % 3] as 'insert' | 'delete' | 'replace'
    const made = await suggest(kind, anchor, kind === 'delete' ? {} : { text: '✓' })
    if (made.status !== 201) continue
    expect(isWhole(made.body.deleted as string)).toBe(true)
    await waitUntil(() => kind === 'delete' || readText(owner.document).includes('✓'), 'the suggestion to be shown')
    expect(readText(owner.document).isWellFormed()).toBe(true)
    expect(readText(owner.document)).not.toContain('\ufffd')
    await decide('owner', 'reject', made.body.id)
    await waitUntilText(original)
  }
})

/** Whether some consecutive characters of the text are this part of it. */
function isWhole(part: string): boolean {
  for (let start = 0; start < characters.length; start++)
    for (let end = start; end <= characters.length; end++) if (characters.slice(start, end).join('') === part) return true
  return false
}
