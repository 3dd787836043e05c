import { joinBackward, setBlockType, splitBlock, toggleMark } from '@tiptap/pm/commands'
import { type MarkType, type Node, type NodeType, Slice } from '@tiptap/pm/model'
import { AllSelection, type Command, EditorState, TextSelection, type Transaction } from '@tiptap/pm/state'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toPlainEdit, toSuggestion } from '../../web/features/suggestions/suggestion-transaction.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'

/** A person who types in suggestion mode. The ids of suggestions are consecutive numbers. */
function writer(doc: Node, author = 'me') {
  let state = EditorState.create({ doc, schema: proseSchema })
  let ids = 0
  let refusals = 0
  const who = { author, newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`, now: () => 'now' }
  const take = (tr: Transaction) => {
    const next = tr.docChanged ? toSuggestion(state, tr, who) : tr
    if (next) state = state.apply(next)
    else refusals++
    state.doc.check()
  }
  const me = {
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
    take,
    select: (from: number, to = from) => (take(state.tr.setSelection(TextSelection.create(state.doc, from, to))), me),
    type(text: string) {
      for (const letter of text) take(state.tr.insertText(letter))
      return me
    },
    put: (text: string) => (take(state.tr.insertText(text)), me),
    do: (command: Command) => (command(state, take), me),
    back(times = 1) {
      for (; times > 0; times--) {
        const { from, to, empty, $from } = state.selection
        if (empty && $from.parentOffset === 0) joinBackward(state, take)
        else take(state.tr.delete(empty ? from - 1 : from, to).scrollIntoView())
      }
      return me
    },
    forward: () => (take(state.tr.delete(state.selection.from, state.selection.from + 1)), me),
    paste: (...blocks: Node[]) => (take(state.tr.replaceSelection(Slice.maxOpen(proseSchema.node('doc', null, blocks).content))), me),
    seen: () => seen(state.doc),
  }
  return me
}

const paragraph = (text: string) => proseSchema.node('paragraph', null, text ? [proseSchema.text(text)] : [])
const page = (...texts: string[]) => proseSchema.node('doc', null, texts.map(paragraph))

/** The number of a suggestion, from its id. */
const numberOf = (id: string) => Number(id.slice(-12))

/** Text with suggestions: `+number[inserted]`, `-number[deleted]`. Each block is a line and begins with its suggestion, if it has one. */
function seen(doc: Node): string {
  const lines: string[] = []
  doc.descendants((node) => {
    if (!node.isTextblock) return
    const lies = readSuggestionOfBlock(node)
    let words = ''
    node.forEach(({ text = '', marks }) => {
      const signs = marks.map(({ type, attrs }) =>
        type.name === 'insertion' ? `+${numberOf(attrs['id'])}` : type.name === 'deletion' ? `-${numberOf(attrs['id'])}` : type.name[0],
      )
      words += signs.length > 0 ? `${signs.join('')}[${text}]` : text
    })
    lines.push(`${lies ? `${lies.kind} ${numberOf(lies.id)}: ` : ''}${words}`)
  })
  return lines.join('\n')
}

describe('suggestion mode', () => {
  test('typing marks the text as inserted, and adjacent typing extends the same suggestion', () => {
    const me = writer(page('One two')).select(4).type(' and')
    expect(me.seen()).toBe('One+1[ and] two')
    expect(me.caret).toBe(8)
    me.select(1)
      .type('So: ')
      .select(8 + 4)
      .type(' half')
    expect(me.seen()).toBe('+2[So: ]One+1[ and half] two')
  })

  test('typing by another person starts a new suggestion', () => {
    const first = writer(page('One')).select(4).type(' two')
    const second = writer(first.doc, 'you').select(8).type(' three')
    expect(second.seen()).toMatch(/^One\+1\[ two\]\+1\[ three\]$/)
    const authors: unknown[] = []
    second.doc.descendants(({ marks }) => void authors.push(...marks.map(({ attrs }) => attrs['author'])))
    expect(authors).toEqual(['me', 'you'])
  })

  test('deleting original text marks it as deleted in one suggestion, and the caret moves past it', () => {
    const me = writer(page('One two')).select(8).back(3)
    expect(me.seen()).toBe('One -1[two]')
    expect(me.caret).toBe(5)
    me.select(1).forward().forward()
    expect(me.seen()).toBe('-2[On]e -1[two]')
    expect(me.caret).toBe(3)
    me.back(2)
    expect(me.caret).toBe(1)
    expect(me.seen()).toBe('-2[On]e -1[two]')
  })

  test('deleting own suggested text removes it; suggested text of another person is marked as deleted', () => {
    const me = writer(page('One')).select(4).type(' two').back(4)
    expect(me.seen()).toBe('One')
    const first = writer(page('One')).select(4).type(' two')
    expect(writer(first.doc, 'you').select(8).back(3).seen()).toBe('One+1[ ]+1-1[two]')
  })

  test('replacing text marks the deletion and the insertion with the same number', () => {
    const me = writer(page('One two three')).select(5, 8).type('2')
    expect(me.seen()).toBe('One -1[two]+1[2] three')
    me.type('nd')
    expect(me.seen()).toBe('One -1[two]+1[2nd] three')
  })

  test('deleting a mixed selection removes own suggested text and marks the rest as deleted', () => {
    const me = writer(page('One three')).select(5).type('two ').select(3, 11).back()
    expect(me.seen()).toBe('On-2[e th]ree')
  })

  test('Enter suggests a new paragraph, and Backspace withdraws it', () => {
    const me = writer(page('One two')).select(4).do(splitBlock)
    expect(me.seen()).toBe('One\ninsert 1:  two')
    expect(me.caret).toBe(6)
    me.type('x')
    expect(me.seen()).toBe('One\ninsert 1: +1[x] two')
    me.back(2)
    expect(me.seen()).toBe('One two')
  })

  test('joining original paragraphs suggests the deletion of the second block', () => {
    const me = writer(page('One', 'two')).select(6).back()
    expect(me.seen()).toBe('One\ndelete 1: two')
    const across = writer(page('One', 'two', 'three'))
      .select(3, 12)
      .back()
    expect(across.seen()).toBe('On-1[e]\ndelete 1: -1[two]\ndelete 1: -1[t]hree')
  })

  test('changing a paragraph to a heading stores the original type, and changing it back removes the suggestion', () => {
    const me = writer(page('One'))
      .select(2)
      .do(setBlockType(proseSchema.nodes['heading'] as NodeType, { level: 2 }))
    expect(me.doc.firstChild?.type.name).toBe('heading')
    expect(readSuggestionOfBlock(me.doc.firstChild as Node)).toMatchObject({ kind: 'change', was: { type: 'paragraph', attrs: {} } })
    me.do(setBlockType(proseSchema.nodes['heading'] as NodeType, { level: 1 }))
    expect(readSuggestionOfBlock(me.doc.firstChild as Node)).toMatchObject({ was: { type: 'paragraph' } })
    me.do(setBlockType(proseSchema.nodes['paragraph'] as NodeType))
    expect(me.doc.toJSON()).toEqual(page('One').toJSON())
  })

  test('pasted text and blocks are marked as inserted', () => {
    const me = writer(page('One two')).select(4).paste(paragraph('a'), paragraph('b'), paragraph('c'))
    expect(me.seen()).toBe('One+1[a]\ninsert 1: +1[b]\ninsert 1: +1[c] two')
    const stranger = writer(page('x')).select(2)
    stranger.paste(me.doc.child(1))
    expect(stranger.seen()).toBe('x+1[b]')
  })

  test('formatting suggests a deletion and a formatted copy; own suggested text is formatted directly', () => {
    const me = writer(page('One two three'))
      .select(5, 8)
      .do(toggleMark(proseSchema.marks['bold'] as MarkType))
    expect(me.seen()).toMatch(/^One -1\[two\](b\+1|\+1b)\[two\] three$/)
    const own = writer(page('One'))
      .select(4)
      .type(' two')
      .select(5, 8)
      .do(toggleMark(proseSchema.marks['bold'] as MarkType))
    expect(own.seen()).toMatch(/^One\+1\[ \](b\+1|\+1b)\[two\]$/)
  })

  test('inline code is deleted and extended by suggestions like other text', () => {
    const code = proseSchema.text('run()', [(proseSchema.marks['code'] as MarkType).create()])
    const me = writer(proseSchema.node('doc', null, [proseSchema.node('paragraph', null, [code])]))
    expect(me.select(6).back().type('x').seen()).toBe('c[run(]c+1[x]c-1[)]')
  })

  test('deleting all content keeps it and marks it as deleted', () => {
    const me = writer(page('One', 'two'))
    me.take(me.state.tr.setSelection(new AllSelection(me.doc)))
    me.back()
    expect(me.doc.textContent).toBe('Onetwo')
    expect(me.seen()).toContain('-1[One]')
  })

  test('a change that cannot be suggested is refused and changes nothing', () => {
    const code = proseSchema.node('doc', null, [proseSchema.node('codeBlock', null, [proseSchema.text('x = 1')])])
    const me = writer(code).select(3).type('y')
    expect([me.refusals, me.doc.textContent]).toEqual([1, 'x = 1'])
    const broken = writer(page('One two')).select(4)
    broken.take(broken.state.tr.replaceSelectionWith(proseSchema.node('hardBreak')))
    expect([broken.refusals, broken.doc.eq(page('One two'))]).toEqual([1, true])
  })

  test('suggestions neither delete nor insert fields and line breaks; in a deleted range they stay', () => {
    const field = proseSchema.node('variable', { name: 'date' })
    const line = (...content: Node[]) => proseSchema.node('paragraph', null, content)
    for (const atom of [field, proseSchema.node('hardBreak')]) {
      const doc = proseSchema.node('doc', null, [line(proseSchema.text('On '), atom, proseSchema.text(' we'))])
      const me = writer(doc).select(5).back()
      expect([me.refusals, me.doc.eq(doc)]).toEqual([1, true])
      me.select(2, 7).back()
      expect([me.seen(), me.doc.firstChild?.childCount]).toEqual(['O-2[n ]-2[ w]e', 5])
      const pasting = writer(page('One')).select(4).paste(paragraph('a'), line(atom), paragraph('b'))
      expect([pasting.refusals, pasting.doc.eq(page('One'))]).toEqual([1, true])
    }
  })

  test('text in table cells can be suggested, but changes to cells are refused', () => {
    const cell = (text: string) => proseSchema.node('tableCell', null, [paragraph(text)])
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('table', null, [proseSchema.node('tableRow', null, [cell('One'), cell('two')])]),
    ])
    const me = writer(doc).select(7).type('!').back().type('x').select(5).back().do(splitBlock)
    expect(me.seen()).toBe('\ninsert 4: -4[O]ne+3[x]\ntwo')
    expect(me.refusals).toBe(0)
    const across = writer(doc).select(5, 13).back()
    expect([across.refusals, across.doc.eq(doc)]).toEqual([1, true])
    const start = writer(doc).select(11)
    start.take(start.state.tr.delete(8, 13))
    expect([start.refusals, start.doc.eq(doc)]).toEqual([1, true])
  })

  test('random edits in suggestion mode keep the original text and mark all new text (property)', () => {
    const seed = readSeed('suggestion mode')
    const random = createRandom(seed)
    const some = (most: number) => Math.floor(random() * (most + 1))
    const rounds = chooseSize(20, 60)
    for (let round = 0; round < rounds; round++) {
      const before = page('The first paragraph.', 'A second one', '', 'and the last.')
      const me = writer(before)
      for (let turn = 0; turn < 25; turn++) {
        const size = me.doc.content.size
        const [one, two] = [some(size), random() < 0.6 ? -1 : some(size)]
        const $one = TextSelection.near(me.doc.resolve(one)).from
        const $two = two < 0 ? $one : TextSelection.near(me.doc.resolve(two)).from
        me.select($one, $two)
        const act = some(5)
        if (act === 0) me.type('new')
        else if (act === 1) me.back(1 + some(4))
        else if (act === 2) me.do(splitBlock)
        else if (act === 3) me.paste(paragraph('pasted'), paragraph('words'))
        else if (act === 4) me.put('word')
        else me.do(setBlockType(proseSchema.nodes[some(1) ? 'heading' : 'paragraph'] as NodeType))
      }
      let kept = ''
      me.doc.descendants((node) => {
        if (node.isText && !node.marks.some(({ type }) => type.name === 'insertion')) kept += node.text
      })
      expect(kept).toBe(before.textContent)
    }
  })
})

describe('editing beside suggestions', () => {
  const type = (doc: Node, at: number, text: string) => {
    const state = EditorState.create({ doc, selection: TextSelection.create(doc, at) })
    return seen(state.apply(toPlainEdit(state, state.tr.insertText(text))).doc)
  }
  const suggested = writer(page('One two three')).select(5, 8).type('2').doc

  test('text typed at the end of a suggestion is not part of it, and text typed inside it is', () => {
    expect(type(suggested, 9, '!')).toBe('One -1[two]+1[2]! three')
    const longer = writer(page('One')).select(4).type(' two').doc
    expect(type(longer, 5, 'x')).toBe('One+1[ xtwo]')
  })

  test('text typed inside deleted text is not marked as deleted', () => {
    expect(type(suggested, 6, 'x')).toBe('One -1[t]x-1[wo]+1[2] three')
  })
})
