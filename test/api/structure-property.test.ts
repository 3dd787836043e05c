/**
 * Random edits, suggestions, decisions, undo and restore. The server always writes a document that matches the schema, so that an editor
 * opens it without writing anything. An operation removes no words outside its scope.
 */
import type { JSONContent } from '@tiptap/core'
import { lift, wrapIn, setBlockType } from '@tiptap/pm/commands'
import type { Node as ProseNode, NodeType } from '@tiptap/pm/model'
import { wrapInList, sinkListItem } from '@tiptap/pm/schema-list'
import { EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { canJoin, canSplit, insertPoint } from '@tiptap/pm/transform'
import { initProseMirrorDoc, updateYFragment } from '@tiptap/y-tiptap'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { findContainers, needsRepair } from '../../domain/documents/richtext/schema-check.ts'
import type { Node } from '../../main.ts'
import { toSuggestion } from '../../web/features/suggestions/suggestion-transaction.ts'
import { type ApiResponse, createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { installDom } from '../support/dom.ts'
import { openEditor, selectText } from '../support/editor.ts'
import { getEmptyNode } from '../support/node.ts'
import { findEditsOnOpen } from '../support/editor-normalization.ts'
import { createAnchorOn, getRoot } from '../support/prose.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let people: Person[]
beforeAll(async () => {
  node = await getEmptyNode()
  people = await Promise.all(['Ann', 'Ben', 'Cas'].map((name) => registerPerson(node.url, name)))
})
const openDocuments: OpenDocument[] = []
afterAll(() => {
  for (const { close } of openDocuments) close()
})

/** Words end with a full stop, so that adjacent words can be distinguished. */
const wordPattern = /w\d+\./g
const matchWords = (text: string): string[] => text.match(wordPattern) ?? []

/** The words outside suggestions and outside blocks that are suggested as a whole. */
function readWordsWithoutSuggestions(document: Y.Doc): string[] {
  const words: string[] = []
  const walk = (parent: Y.XmlFragment) => {
    if (parent instanceof Y.XmlElement && /^(table|tableRow|codeBlock)$/.test(parent.nodeName) && parent.getAttribute('suggestion')) return
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlElement) walk(child)
      if (!(child instanceof Y.XmlText)) continue
      for (const { insert, attributes } of child.toDelta() as { insert: string; attributes?: object }[])
        words.push(...(/insertion|deletion/.test(Object.keys(attributes ?? {}).join()) ? ['|'] : matchWords(insert)))
    }
  }
  walk(getRoot(document))
  return words.filter((word) => word !== '|')
}

const listWords = (document: Y.Doc): string[] =>
  matchWords(
    initProseMirrorDoc(copyDocument(document).getXmlFragment('default'), proseSchema).doc.textBetween(0, measureSize(document), '\n', ' '),
  )

function copyDocument(document: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  return copy
}
const measureSize = (document: Y.Doc) => initProseMirrorDoc(copyDocument(document).getXmlFragment('default'), proseSchema).doc.content.size

class Trial {
  readonly random: () => number
  readonly log: string[] = []
  #words = 0
  name = ''
  writers: { person: Person; editor: OpenDocument; suggests: boolean }[] = []

  constructor(seed: number) {
    this.random = createRandom(seed)
  }

  below = (limit: number) => Math.floor(this.random() * limit)
  pick = <T>(items: readonly T[]): T => items[this.below(items.length)] as T
  word = () => `w${this.#words++}.`

  get document() {
    return this.writers[0]?.editor.document as Y.Doc
  }

  async begin() {
    const [ann, ben, cas] = people as [Person, Person, Person]
    this.name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${this.name}/members/${ben.id}`, { role: 'editor' })
    await ann.request('PUT', `/api/documents/${this.name}/members/${cas.id}`, { role: 'commenter' })
    for (const [person, suggests] of [
      [ann, false],
      [ben, false],
      [ben, true],
    ] as const)
      this.writers.push({ person, suggests, editor: await openDocument(node.url, this.name, person.token) })
    openDocuments.push(...this.writers.map(({ editor }) => editor))
  }

  block(depth = 0): JSONContent {
    const text = (): JSONContent[] => [
      { type: 'text', text: `${this.word()} ${this.word()} ` },
      ...(this.random() < 0.2
        ? [
            { type: 'variable', attrs: { name: 'sum' } },
            { type: 'text', text: ` ${this.word()}` },
          ]
        : []),
      ...(this.random() < 0.1 ? [{ type: 'hardBreak' }] : []),
    ]
    const paragraph = (): JSONContent => ({ type: 'paragraph', content: text() })
    const blocks = () => Array.from({ length: this.below(2) }, () => this.block(depth + 1))
    const cell = (type: string) => ({ type, content: [paragraph(), ...blocks()] })
    const kind = depth > 2 ? this.below(3) : this.below(8)
    if (kind === 0) return { type: 'heading', attrs: { level: 1 + this.below(3) }, content: text() }
    if (kind === 1) return { type: 'codeBlock', content: [{ type: 'text', text: `${this.word()} = ${this.word()}` }] }
    if (kind === 3) return { type: 'blockquote', content: [paragraph(), ...blocks()] }
    if (kind === 4 || kind === 5) {
      const content = Array.from({ length: 1 + this.below(3) }, () => ({ type: 'listItem', content: [paragraph(), ...blocks()] }))
      return { type: kind === 4 ? 'bulletList' : 'orderedList', content }
    }
    if (kind === 6) {
      const row = (type: string) => ({ type: 'tableRow', content: [cell(type), cell('tableCell')] })
      return { type: 'table', content: [row('tableHeader'), row('tableCell')] }
    }
    if (kind === 7) return { type: 'horizontalRule' }
    return paragraph()
  }

  /** One edit, written as the workspace's editor does: a transaction, perhaps converted to a suggestion, then its diff in Yjs. */
  async edit() {
    const { person, editor, suggests } = this.pick(this.writers)
    const text = getRoot(editor.document)
    const { doc, meta } = initProseMirrorDoc(text, proseSchema)
    const state = EditorState.create({
      doc: doc.content.size > 0 ? doc : (proseSchema.topNodeType.createAndFill() as ProseNode),
      schema: proseSchema,
    })
    let changed: ProseNode | undefined
    const applyTransaction = (tr: Transaction) => {
      const converted = suggests
        ? toSuggestion(state, tr, { author: person.id, newId: () => crypto.randomUUID(), now: () => new Date().toISOString() })
        : tr
      changed = converted ? state.apply(converted).doc : undefined
    }
    const actionName = this.change(state, applyTransaction)
    if (!changed) return
    changed.check()
    editor.document.transact(() => updateYFragment(editor.document, text, changed as ProseNode, meta))
    this.log.push(`${person.name}${suggests ? ' suggests' : ''}: ${actionName}`)
    await this.settle()
  }

  change(state: EditorState, applyTransaction: (tr: Transaction) => void): string {
    const { doc, tr } = state
    const choosePosition = () => this.below(doc.content.size + 1)
    const createSelectedState = (from: number, to = from) =>
      state.apply(state.tr.setSelection(TextSelection.between(doc.resolve(Math.min(from, to)), doc.resolve(Math.max(from, to)))))
    const at = choosePosition()
    const end = Math.min(doc.content.size, at + this.below(30))
    const { nodes } = proseSchema
    const command = (runCommand: ReturnType<typeof wrapIn>) =>
      void runCommand(createSelectedState(at, end), (transaction) => {
        // the command ran on a state with a selection: apply its steps to the original state
        for (const step of transaction.steps) tr.step(step)
        applyTransaction(tr)
      })
    const typeWord = () => {
      const $at = TextSelection.near(doc.resolve(at)).$from
      if ($at.parent.isTextblock) applyTransaction(tr.insertText(`${this.word()} `, $at.pos))
    }
    const actions: [string, () => void][] = [
      [
        'block',
        () => {
          const block = proseSchema.nodeFromJSON(this.block())
          const point = insertPoint(doc, at, block.type)
          if (point !== null) applyTransaction(tr.insert(point, block))
        },
      ],
      ['word', typeWord],
      ['word', typeWord],
      ['delete', () => applyTransaction(tr.deleteRange(at, end))],
      [
        'split',
        () => {
          if (canSplit(doc, at)) applyTransaction(tr.split(at))
        },
      ],
      [
        'join',
        () => {
          const { nodeBefore, nodeAfter } = doc.resolve(at)
          if (nodeBefore?.type === nodeAfter?.type && canJoin(doc, at)) applyTransaction(tr.join(at))
        },
      ],
      ['bold', () => applyTransaction(tr.addMark(at, end, proseSchema.mark('bold')))],
      ['code', () => applyTransaction(tr.addMark(at, end, proseSchema.mark('code')))],
      ['heading', () => command(setBlockType(nodes.heading as NodeType, { level: 1 + this.below(3) }))],
      ['paragraph', () => command(setBlockType(nodes.paragraph as NodeType))],
      ['quote', () => command(wrapIn(nodes.blockquote as NodeType))],
      ['list', () => command(wrapInList(nodes.bulletList as NodeType))],
      ['sink', () => command(sinkListItem(nodes.listItem as NodeType))],
      ['lift', () => command(lift)],
    ]
    const [name, action] = this.pick(actions)
    action()
    return `${name} ${at} ${end}`
  }

  /** Waits until all clients have the same saved document and the server has made its repairs. */
  async settle() {
    await waitUntil(
      () => {
        const [first, ...others] = this.writers.map(({ editor }) => editor)
        if (!first || !this.writers.every(({ editor }) => isSaved(editor)) || findContainers(getRoot(first.document)).some(needsRepair))
          return false
        const text = getRoot(first.document).toString()
        return others.every(({ document }) => getRoot(document).toString() === text)
      },
      `all to have the same: ${this.log.join('; ')}`,
    )
  }

  /** Runs one operation of the server, then checks the document. */
  async operate() {
    const [ann, ben, cas] = people as [Person, Person, Person]
    const path = `/api/documents/${this.name}`
    const original = copyDocument(this.document)
    const words = listWords(original)
    if (words.length === 0) return this.edit()
    const head = (await node.journal.rowsAfter(this.name.split(':')[1] as string, 0)).length
    const choice = this.below(10)
    let expectedWords: string[] = words
    let response: ApiResponse
    let description: string
    if (choice < 4) {
      const kind = this.pick(['insert', 'delete', 'replace', 'insert-block', 'delete-block', 'change-block'])
      const suggestion = { kind, text: this.word(), type: this.pick(['heading', 'paragraph']), level: 1 + this.below(3) }
      response = await this.pick([cas, ben]).request('POST', `${path}/suggestions`, {
        ...suggestion,
        anchor: createAnchorOn(original, this.pick(words)),
      })
      description = `${kind} ${suggestion.type}`
    } else if (choice < 7) {
      expectedWords = readWordsWithoutSuggestions(original)
      const decision = this.pick(['accept', 'reject'])
      const items = (await ann.request('GET', `${path}/suggestions?limit=100`)).body.items as { id: string }[]
      const suggestionPath = items.length > 0 && this.random() < 0.7 ? `/${this.pick(items).id}` : ''
      response = await ann.request('POST', `${path}/suggestions${suggestionPath}/${decision}`)
      description = `${decision} ${suggestionPath ? 'one' : 'all'} of ${items.length}`
    } else if (choice < 9) {
      const author = this.pick([ann, ben, cas])
      const from = 1 + this.below(head)
      const to = Math.min(head, from + this.below(6))
      const { runs } = (await ann.request('GET', `${path}/authorship`)).body as { runs: { userId: string; text: string }[] }
      expectedWords = runs.filter(({ userId }) => userId !== author.id).flatMap(({ text }) => matchWords(text))
      response = await ann.request('POST', `${path}/undo`, { userId: author.id, from, to })
      description = `undo ${author.name} ${from} to ${to}`
    } else {
      const at = this.below(head + 1)
      const pastContent = (await ann.request('GET', `${path}/history/state?at=${at}`)).body.content as JSONContent
      expectedWords = matchWords(JSON.stringify(pastContent))
      response = await ann.request('POST', `${path}/restore`, { at })
      description = `restore ${at}`
    }
    this.log.push(`${description}: ${response.status}`)
    expect([200, 201, 400, 409], `${this.log.join('; ')} ${JSON.stringify(response.body)}`).toContain(response.status)
    await this.settle()
    const describe = () =>
      `${this.log.slice(-8).join('; ')}\nbefore ${getRoot(original).toString()}\nafter ${getRoot(this.document).toString()}`
    expect(findEditsOnOpen(this.document), describe()).toEqual([])
    const remainingWords = new Set(listWords(this.document))
    expect(
      expectedWords.filter((word) => !remainingWords.has(word)),
      describe(),
    ).toEqual([])
  }
}

const firstSeed = readSeed('structure')
const seeds = Array.from({ length: Number(process.env.SEEDS ?? chooseSize(1, 4)) }, (_, n) => (firstSeed + n) >>> 0)
test.each(seeds)('every operation keeps the document within the schema and the words outside its scope: %i', async (seed) => {
  console.log(`structure: SEED=${seed}`)
  const trial = new Trial(seed)
  await trial.begin()
  for (let step = 0; step < 8; step++) await trial.edit()
  for (let step = 0; step < 50; step++) await (trial.random() < 0.5 ? trial.edit() : trial.operate())
  // the workspace's editor opens the document and selects a place in it without writing anything
  const removeDom = installDom()
  const dansEditor = openEditor('Dan', { doc: copyDocument(trial.document) })
  selectText(dansEditor, 1)
  expect([dansEditor.ownUpdates, dansEditor.contentErrors]).toEqual([0, 0])
  dansEditor.editor.destroy()
  removeDom()
  for (const { editor } of trial.writers) editor.close()
})
