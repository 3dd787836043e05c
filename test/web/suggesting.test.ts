import { joinBackward, setBlockType, splitBlock, toggleMark } from '@tiptap/pm/commands'
import { type MarkType, type Node, type NodeType, Slice } from '@tiptap/pm/model'
import { AllSelection, type Command, EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toPlainEdit, toSuggestion } from '../../web/features/suggestions/suggestion-transaction.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'

/** A person who types in suggestion mode. The ids of suggestions are consecutive numbers. */
function createWriter(doc: Node, author = 'me') {
  let state = EditorState.create({ doc, schema: proseSchema })
  let ids = 0
  let refusals = 0
  const options = { author, newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`, now: () => 'now' }
  const dispatch = (tr: Transaction) => {
    const converted = tr.docChanged ? toSuggestion(state, tr, options) : tr
    if (converted) state = state.apply(converted)
    else refusals++
    state.doc.check()
  }
  const writer = {
    get doc() {
      return state.doc
    },
    get caret() {
      return state.selection.from
    },
    get refusals() {
      return refusals
    },
    get state() {
      return state
    },
    dispatch,
    select: (from: number, to = from) => (dispatch(state.tr.setSelection(TextSelection.create(state.doc, from, to))), writer),
    type(text: string) {
      for (const character of text) dispatch(state.tr.insertText(character))
      return writer
    },
    put: (text: string) => (dispatch(state.tr.insertText(text)), writer),
    do: (command: Command) => (command(state, dispatch), writer),
    back(times = 1) {
      for (; times > 0; times--) {
        const { from, to, empty, $from } = state.selection
        if (empty && $from.parentOffset === 0) joinBackward(state, dispatch)
        else dispatch(state.tr.delete(empty ? from - 1 : from, to).scrollIntoView())
      }
      return writer
    },
    forward: () => (dispatch(state.tr.delete(state.selection.from, state.selection.from + 1)), writer),
    paste: (...blocks: Node[]) => (
      dispatch(state.tr.replaceSelection(Slice.maxOpen(proseSchema.node('doc', null, blocks).content))), writer
    ),
    describe: () => describeText(state.doc),
  }
  return writer
}

const createParagraph = (text: string) => proseSchema.node('paragraph', null, text ? [proseSchema.text(text)] : [])
const createDocument = (...texts: string[]) => proseSchema.node('doc', null, texts.map(createParagraph))

/** The number of a suggestion, from its id. */
const toNumber = (id: string) => Number(id.slice(-12))

/** Text with suggestions: `+number[inserted]`, `-number[deleted]`. Each block is a line and begins with its suggestion, if it has one. */
function describeText(doc: Node): string {
  const lines: string[] = []
  doc.descendants((node) => {
    if (!node.isTextblock) return
    const suggestion = readSuggestionOfBlock(node)
    let words = ''
    node.forEach(({ text = '', marks }) => {
      const labels = marks.map(({ type, attrs }) =>
        type.name === 'insertion' ? `+${toNumber(attrs['id'])}` : type.name === 'deletion' ? `-${toNumber(attrs['id'])}` : type.name[0],
      )
      words += labels.length > 0 ? `${labels.join('')}[${text}]` : text
    })
    lines.push(`${suggestion ? `${suggestion.kind} ${toNumber(suggestion.id)}: ` : ''}${words}`)
  })
  return lines.join('\n')
}

describe('suggestion mode', () => {
  test('typing marks the text as inserted, and adjacent typing extends the same suggestion', () => {
    const writer = createWriter(createDocument('One two')).select(4).type(' and')
    expect(writer.describe()).toBe('One+1[ and] two')
    expect(writer.caret).toBe(8)
    writer
      .select(1)
      .type('So: ')
      .select(8 + 4)
      .type(' half')
    expect(writer.describe()).toBe('+2[So: ]One+1[ and half] two')
  })

  test('typing by another person starts a new suggestion', () => {
    const firstWriter = createWriter(createDocument('One')).select(4).type(' two')
    const secondWriter = createWriter(firstWriter.doc, 'you').select(8).type(' three')
    expect(secondWriter.describe()).toMatch(/^One\+1\[ two\]\+1\[ three\]$/)
    const authors: unknown[] = []
    secondWriter.doc.descendants(({ marks }) => void authors.push(...marks.map(({ attrs }) => attrs['author'])))
    expect(authors).toEqual(['me', 'you'])
  })

  test('deleting original text marks it as deleted in one suggestion, and the caret moves past it', () => {
    const writer = createWriter(createDocument('One two')).select(8).back(3)
    expect(writer.describe()).toBe('One -1[two]')
    expect(writer.caret).toBe(5)
    writer.select(1).forward().forward()
    expect(writer.describe()).toBe('-2[On]e -1[two]')
    expect(writer.caret).toBe(3)
    writer.back(2)
    expect(writer.caret).toBe(1)
    expect(writer.describe()).toBe('-2[On]e -1[two]')
  })

  test('deleting own suggested text removes it; suggested text of another person is marked as deleted', () => {
    const writer = createWriter(createDocument('One')).select(4).type(' two').back(4)
    expect(writer.describe()).toBe('One')
    const firstWriter = createWriter(createDocument('One')).select(4).type(' two')
    expect(createWriter(firstWriter.doc, 'you').select(8).back(3).describe()).toBe('One+1[ ]+1-1[two]')
  })

  test('replacing text marks the deletion and the insertion with the same number', () => {
    const writer = createWriter(createDocument('One two three')).select(5, 8).type('2')
    expect(writer.describe()).toBe('One -1[two]+1[2] three')
    writer.type('nd')
    expect(writer.describe()).toBe('One -1[two]+1[2nd] three')
  })

  test('deleting a mixed selection removes own suggested text and marks the rest as deleted', () => {
    const writer = createWriter(createDocument('One three')).select(5).type('two ').select(3, 11).back()
    expect(writer.describe()).toBe('On-2[e th]ree')
  })

  test('Enter suggests a new paragraph, and Backspace withdraws it', () => {
    const writer = createWriter(createDocument('One two')).select(4).do(splitBlock)
    expect(writer.describe()).toBe('One\ninsert 1:  two')
    expect(writer.caret).toBe(6)
    writer.type('x')
    expect(writer.describe()).toBe('One\ninsert 1: +1[x] two')
    writer.back(2)
    expect(writer.describe()).toBe('One two')
  })

  test('joining original paragraphs suggests the deletion of the second block', () => {
    const writer = createWriter(createDocument('One', 'two')).select(6).back()
    expect(writer.describe()).toBe('One\ndelete 1: two')
    const rangeWriter = createWriter(createDocument('One', 'two', 'three'))
      .select(3, 12)
      .back()
    expect(rangeWriter.describe()).toBe('On-1[e]\ndelete 1: -1[two]\ndelete 1: -1[t]hree')
  })

  test('changing a paragraph to a heading stores the original type, and changing it back removes the suggestion', () => {
    const writer = createWriter(createDocument('One'))
      .select(2)
      .do(setBlockType(proseSchema.nodes['heading'] as NodeType, { level: 2 }))
    expect(writer.doc.firstChild?.type.name).toBe('heading')
    expect(readSuggestionOfBlock(writer.doc.firstChild as Node)).toMatchObject({ kind: 'change', was: { type: 'paragraph', attrs: {} } })
    writer.do(setBlockType(proseSchema.nodes['heading'] as NodeType, { level: 1 }))
    expect(readSuggestionOfBlock(writer.doc.firstChild as Node)).toMatchObject({ was: { type: 'paragraph' } })
    writer.do(setBlockType(proseSchema.nodes['paragraph'] as NodeType))
    expect(writer.doc.toJSON()).toEqual(createDocument('One').toJSON())
  })

  test('pasted text and blocks are marked as inserted', () => {
    const writer = createWriter(createDocument('One two')).select(4).paste(createParagraph('a'), createParagraph('b'), createParagraph('c'))
    expect(writer.describe()).toBe('One+1[a]\ninsert 1: +1[b]\ninsert 1: +1[c] two')
    const otherWriter = createWriter(createDocument('x')).select(2)
    otherWriter.paste(writer.doc.child(1))
    expect(otherWriter.describe()).toBe('x+1[b]')
  })

  test('formatting suggests a deletion and a formatted copy; own suggested text is formatted directly', () => {
    const writer = createWriter(createDocument('One two three'))
      .select(5, 8)
      .do(toggleMark(proseSchema.marks['bold'] as MarkType))
    expect(writer.describe()).toMatch(/^One -1\[two\](b\+1|\+1b)\[two\] three$/)
    const ownWriter = createWriter(createDocument('One'))
      .select(4)
      .type(' two')
      .select(5, 8)
      .do(toggleMark(proseSchema.marks['bold'] as MarkType))
    expect(ownWriter.describe()).toMatch(/^One\+1\[ \](b\+1|\+1b)\[two\]$/)
  })

  test('inline code is deleted and extended by suggestions like other text', () => {
    const code = proseSchema.text('run()', [(proseSchema.marks['code'] as MarkType).create()])
    const writer = createWriter(proseSchema.node('doc', null, [proseSchema.node('paragraph', null, [code])]))
    expect(writer.select(6).back().type('x').describe()).toBe('c[run(]c+1[x]c-1[)]')
  })

  test('deleting all content keeps it and marks it as deleted', () => {
    const writer = createWriter(createDocument('One', 'two'))
    writer.dispatch(writer.state.tr.setSelection(new AllSelection(writer.doc)))
    writer.back()
    expect(writer.doc.textContent).toBe('Onetwo')
    expect(writer.describe()).toContain('-1[One]')
  })

  test('a change that cannot be suggested is refused and changes nothing', () => {
    const code = proseSchema.node('doc', null, [proseSchema.node('codeBlock', null, [proseSchema.text('x = 1')])])
    const writer = createWriter(code).select(3).type('y')
    expect([writer.refusals, writer.doc.textContent]).toEqual([1, 'x = 1'])
    const hardBreakWriter = createWriter(createDocument('One two')).select(4)
    hardBreakWriter.dispatch(hardBreakWriter.state.tr.replaceSelectionWith(proseSchema.node('hardBreak')))
    expect([hardBreakWriter.refusals, hardBreakWriter.doc.eq(createDocument('One two'))]).toEqual([1, true])
  })

  test('suggestions neither delete nor insert fields and line breaks; in a deleted range they stay', () => {
    const field = proseSchema.node('variable', { name: 'date' })
    const createLine = (...content: Node[]) => proseSchema.node('paragraph', null, content)
    for (const atom of [field, proseSchema.node('hardBreak')]) {
      const doc = proseSchema.node('doc', null, [createLine(proseSchema.text('On '), atom, proseSchema.text(' we'))])
      const writer = createWriter(doc).select(5).back()
      expect([writer.refusals, writer.doc.eq(doc)]).toEqual([1, true])
      writer.select(2, 7).back()
      expect([writer.describe(), writer.doc.firstChild?.childCount]).toEqual(['O-2[n ]-2[ w]e', 5])
      const pastingWriter = createWriter(createDocument('One'))
        .select(4)
        .paste(createParagraph('a'), createLine(atom), createParagraph('b'))
      expect([pastingWriter.refusals, pastingWriter.doc.eq(createDocument('One'))]).toEqual([1, true])
    }
  })

  test('text in table cells can be suggested, but changes to cells are refused', () => {
    const createCell = (text: string) => proseSchema.node('tableCell', null, [createParagraph(text)])
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('table', null, [proseSchema.node('tableRow', null, [createCell('One'), createCell('two')])]),
    ])
    const writer = createWriter(doc).select(7).type('!').back().type('x').select(5).back().do(splitBlock)
    expect(writer.describe()).toBe('\ninsert 4: -4[O]ne+3[x]\ntwo')
    expect(writer.refusals).toBe(0)
    const rangeWriter = createWriter(doc).select(5, 13).back()
    expect([rangeWriter.refusals, rangeWriter.doc.eq(doc)]).toEqual([1, true])
    const startWriter = createWriter(doc).select(11)
    startWriter.dispatch(startWriter.state.tr.delete(8, 13))
    expect([startWriter.refusals, startWriter.doc.eq(doc)]).toEqual([1, true])
  })

  test('random edits in suggestion mode keep the original text and mark all new text (property)', () => {
    const seed = readSeed('suggestion mode')
    const random = createRandom(seed)
    const chooseUpTo = (limit: number) => Math.floor(random() * (limit + 1))
    const rounds = chooseSize(20, 60)
    for (let round = 0; round < rounds; round++) {
      const original = createDocument('The first paragraph.', 'A second one', '', 'and the last.')
      const writer = createWriter(original)
      for (let step = 0; step < 25; step++) {
        const size = writer.doc.content.size
        const [firstPosition, secondPosition] = [chooseUpTo(size), random() < 0.6 ? -1 : chooseUpTo(size)]
        const anchor = TextSelection.near(writer.doc.resolve(firstPosition)).from
        const head = secondPosition < 0 ? anchor : TextSelection.near(writer.doc.resolve(secondPosition)).from
        writer.select(anchor, head)
        const action = chooseUpTo(5)
        if (action === 0) writer.type('new')
        else if (action === 1) writer.back(1 + chooseUpTo(4))
        else if (action === 2) writer.do(splitBlock)
        else if (action === 3) writer.paste(createParagraph('pasted'), createParagraph('words'))
        else if (action === 4) writer.put('word')
        else writer.do(setBlockType(proseSchema.nodes[chooseUpTo(1) ? 'heading' : 'paragraph'] as NodeType))
      }
      let keptText = ''
      writer.doc.descendants((node) => {
        if (node.isText && !node.marks.some(({ type }) => type.name === 'insertion')) keptText += node.text
      })
      expect(keptText).toBe(original.textContent)
    }
  })
})

describe('editing beside suggestions', () => {
  const typeAt = (doc: Node, at: number, text: string) => {
    const state = EditorState.create({ doc, selection: TextSelection.create(doc, at) })
    return describeText(state.apply(toPlainEdit(state, state.tr.insertText(text))).doc)
  }
  const suggestedDocument = createWriter(createDocument('One two three')).select(5, 8).type('2').doc

  test('text typed at the end of a suggestion is not part of it, and text typed inside it is', () => {
    expect(typeAt(suggestedDocument, 9, '!')).toBe('One -1[two]+1[2]! three')
    const longerDocument = createWriter(createDocument('One')).select(4).type(' two').doc
    expect(typeAt(longerDocument, 5, 'x')).toBe('One+1[ xtwo]')
  })

  test('text typed inside deleted text is not marked as deleted', () => {
    expect(typeAt(suggestedDocument, 6, 'x')).toBe('One -1[t]x-1[wo]+1[2] three')
  })
})
