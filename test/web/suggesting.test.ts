import { setBlockType, splitBlock } from '@tiptap/pm/commands'
import { type MarkType, type Node, type NodeType } from '@tiptap/pm/model'
import { AllSelection, EditorState, TextSelection } from '@tiptap/pm/state'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { toPlainEdit } from '../../web/features/suggestions/suggestion-transaction.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { createDocument, createParagraph, createWriter, describeText } from '../support/suggestion-writer.ts'

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
    const first = createWriter(createDocument('One')).select(4).type(' two')
    const second = createWriter(first.doc, 'you').select(8).type(' three')
    expect(second.describe()).toMatch(/^One\+1\[ two\]\+1\[ three\]$/)
    const authors: unknown[] = []
    second.doc.descendants(({ marks }) => void authors.push(...marks.map(({ attrs }) => attrs['author'])))
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
    const first = createWriter(createDocument('One')).select(4).type(' two')
    expect(createWriter(first.doc, 'you').select(8).back(3).describe()).toBe('One+1[ ]+1-1[two]')
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
    const across = createWriter(createDocument('One', 'two', 'three'))
      .select(3, 12)
      .back()
    expect(across.describe()).toBe('On-1[e]\ndelete 1: -1[two]\ndelete 1: -1[t]hree')
  })

  test('pasted text and blocks are marked as inserted', () => {
    const writer = createWriter(createDocument('One two')).select(4).paste(createParagraph('a'), createParagraph('b'), createParagraph('c'))
    expect(writer.describe()).toBe('One+1[a]\ninsert 1: +1[b]\ninsert 1: +1[c] two')
    const stranger = createWriter(createDocument('x')).select(2)
    stranger.paste(writer.doc.child(1))
    expect(stranger.describe()).toBe('x+1[b]')
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
  })

  test('Enter after suggested text begins a suggestion of its own, which takes the text behind the caret', () => {
    const writer = createWriter(createDocument('One')).select(4).type(' and more').select(8).do(splitBlock).type('x')
    expect(writer.describe()).toBe('One+1[ and]\ninsert 2: +2[x more]')
  })

  test('random edits in suggestion mode keep the original text and mark all new text (property)', () => {
    const seed = readSeed('suggestion mode')
    const random = createRandom(seed)
    const some = (most: number) => Math.floor(random() * (most + 1))
    const rounds = chooseSize(20, 60)
    for (let round = 0; round < rounds; round++) {
      const before = createDocument('The first paragraph.', 'A second one', '', 'and the last.')
      const writer = createWriter(before)
      for (let turn = 0; turn < 25; turn++) {
        const size = writer.doc.content.size
        const [one, two] = [some(size), random() < 0.6 ? -1 : some(size)]
        const $one = TextSelection.near(writer.doc.resolve(one)).from
        const $two = two < 0 ? $one : TextSelection.near(writer.doc.resolve(two)).from
        writer.select($one, $two)
        const act = some(5)
        if (act === 0) writer.type('new')
        else if (act === 1) writer.back(1 + some(4))
        else if (act === 2) writer.do(splitBlock)
        else if (act === 3) writer.paste(createParagraph('pasted'), createParagraph('words'))
        else if (act === 4) writer.put('word')
        else writer.do(setBlockType(proseSchema.nodes[some(1) ? 'heading' : 'paragraph'] as NodeType))
      }
      let kept = ''
      writer.doc.descendants((node) => {
        if (node.isText && !node.marks.some(({ type }) => type.name === 'insertion')) kept += node.text
      })
      expect(kept).toBe(before.textContent)
    }
  })
})

describe('editing beside suggestions', () => {
  const type = (doc: Node, at: number, text: string) => {
    const state = EditorState.create({ doc, selection: TextSelection.create(doc, at) })
    return describeText(state.apply(toPlainEdit(state, state.tr.insertText(text))).doc)
  }
  const suggested = createWriter(createDocument('One two three')).select(5, 8).type('2').doc

  test('text typed at the end of a suggestion is not part of it, and text typed inside it is', () => {
    expect(type(suggested, 9, '!')).toBe('One -1[two]+1[2]! three')
    const longer = createWriter(createDocument('One')).select(4).type(' two').doc
    expect(type(longer, 5, 'x')).toBe('One+1[ xtwo]')
  })

  test('text typed inside deleted text is not marked as deleted', () => {
    expect(type(suggested, 6, 'x')).toBe('One -1[t]x-1[wo]+1[2] three')
  })
})
