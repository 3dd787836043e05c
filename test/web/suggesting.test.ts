import { setBlockType, splitBlock } from '@tiptap/pm/commands'
import { type MarkType, type Node, type NodeType } from '@tiptap/pm/model'
import { AllSelection, EditorState, TextSelection } from '@tiptap/pm/state'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toPlainEdit } from '../../web/features/suggestions/suggestion-transaction.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { page, paragraph, seen, writer } from '../support/suggestion-writer.ts'

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

  test('pasted text and blocks are marked as inserted', () => {
    const me = writer(page('One two')).select(4).paste(paragraph('a'), paragraph('b'), paragraph('c'))
    expect(me.seen()).toBe('One+1[a]\ninsert 1: +1[b]\ninsert 1: +1[c] two')
    const stranger = writer(page('x')).select(2)
    stranger.paste(me.doc.child(1))
    expect(stranger.seen()).toBe('x+1[b]')
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
  })

  test('Enter after suggested text begins a suggestion of its own, which takes the text behind the caret', () => {
    const me = writer(page('One')).select(4).type(' and more').select(8).do(splitBlock).type('x')
    expect(me.seen()).toBe('One+1[ and]\ninsert 2: +2[x more]')
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
