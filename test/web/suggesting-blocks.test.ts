import { setBlockType, splitBlock, toggleMark } from '@tiptap/pm/commands'
import type { MarkType, Node, NodeType } from '@tiptap/pm/model'
import { liftListItem, wrapInList } from '@tiptap/pm/schema-list'
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable } from '@tiptap/pm/tables'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'
import { createDocument, createParagraph, createWriter } from '../support/suggestion-writer.ts'

describe('suggested formats, fields, lists and tables', () => {
  test('formatting is suggested on the text itself; formatting back removes the suggestion, and own suggested text is formatted directly', () => {
    const bold = toggleMark(proseSchema.marks['bold'] as MarkType)
    const writer = createWriter(createDocument('One two three')).select(5, 8).do(bold)
    expect(writer.describe()).toBe('One b~1[two] three')
    writer.select(7, 10).do(bold)
    expect(writer.describe()).toBe('One b~1[tw]o three')
    writer.select(5, 7).do(bold)
    expect(writer.doc.eq(createDocument('One two three'))).toBe(true)
    const own = createWriter(createDocument('One')).select(4).type(' two').select(5, 8).do(bold)
    expect(own.describe()).toMatch(/^One\+1\[ \](b\+1|\+1b)\[two\]$/)
  })

  test('a format that was already there is suggested to be removed, and a field is formatted like text', () => {
    const bold = proseSchema.marks['bold'] as MarkType
    const field = proseSchema.node('variable', { name: 'date' })
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('paragraph', null, [proseSchema.text('On ', [bold.create()]), field, proseSchema.text(' we')]),
    ])
    const writer = createWriter(doc).select(1, 4).do(toggleMark(bold))
    expect(writer.describe()).toMatch(/^~1\[On \]/)
    const changes = writer.doc.firstChild?.firstChild?.marks[0]?.attrs
    expect(changes).toMatchObject({ added: [], removed: [{ type: 'bold' }] })
    const all = createWriter(doc)
      .select(1, 8)
      .do(toggleMark(proseSchema.marks['italic'] as MarkType))
    expect(all.doc.firstChild?.child(1).marks.map(({ type }) => type.name)).toEqual(['italic', 'formatChange'])
  })

  test('fields and line breaks are inserted and deleted by suggestions like text', () => {
    const line = (...content: Node[]) => proseSchema.node('paragraph', null, content)
    const marksOf = (node: Node | undefined) => node?.marks.map(({ type }) => type.name)
    for (const atom of [proseSchema.node('variable', { name: 'date' }), proseSchema.node('hardBreak')]) {
      const doc = proseSchema.node('doc', null, [line(proseSchema.text('On '), atom, proseSchema.text(' we'))])
      const writer = createWriter(doc).select(5).back()
      expect(marksOf(writer.doc.firstChild?.child(1))).toEqual(['deletion'])
      const pasting = createWriter(createDocument('One')).select(4).paste(line(atom))
      expect(marksOf(pasting.doc.firstChild?.lastChild as Node)).toEqual(['insertion'])
      pasting.back()
      expect(pasting.doc.eq(createDocument('One'))).toBe(true)
    }
  })

  test('a paragraph that becomes a list item records where it was, and taking it out again removes the suggestion', () => {
    const list = proseSchema.nodes['bulletList'] as NodeType
    const writer = createWriter(createDocument('One', 'two')).select(2).do(wrapInList(list))
    expect(writer.doc.firstChild?.type.name).toBe('bulletList')
    expect(writer.describe()).toBe('change 1: One\ntwo')
    const [item] = [writer.doc.firstChild?.firstChild?.firstChild as Node]
    expect(readSuggestionOfBlock(item)).toMatchObject({ kind: 'change', was: { type: 'paragraph', within: [] } })
    writer.do(liftListItem(proseSchema.nodes['listItem'] as NodeType))
    expect(writer.doc.eq(createDocument('One', 'two'))).toBe(true)
  })

  test('rows and columns of a table are suggested as such', () => {
    const cell = (text: string) => proseSchema.node('tableCell', null, [createParagraph(text)])
    const row = (...texts: string[]) => proseSchema.node('tableRow', null, texts.map(cell))
    const doc = proseSchema.node('doc', null, [proseSchema.node('table', null, [row('a', 'b'), row('c', 'd')]), createParagraph('after')])
    const blocks = (writer: ReturnType<typeof createWriter>) => {
      const found: string[] = []
      writer.doc.descendants((node) => {
        const suggestion = readSuggestionOfBlock(node)
        if (suggestion) found.push(`${suggestion.kind} ${node.type.name}`)
      })
      return found.toSorted()
    }
    expect(blocks(createWriter(doc).select(5).do(addRowAfter))).toEqual(['insert tableRow'])
    expect(blocks(createWriter(doc).select(5).do(deleteRow))).toEqual(['delete tableRow'])
    expect(blocks(createWriter(doc).select(5).do(addColumnAfter))).toEqual(['insert tableCell', 'insert tableCell'])
    expect(blocks(createWriter(doc).select(5).do(deleteColumn))).toEqual(['delete tableCell', 'delete tableCell'])
    expect(blocks(createWriter(doc).select(5).do(deleteTable))).toEqual(['delete table'])
    expect(createWriter(doc).select(5).do(addColumnAfter).do(deleteColumn).refusals).toBe(0)
  })

  test('text in table cells can be suggested, but changes to cells are refused', () => {
    const cell = (text: string) => proseSchema.node('tableCell', null, [createParagraph(text)])
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('table', null, [proseSchema.node('tableRow', null, [cell('One'), cell('two')])]),
    ])
    const writer = createWriter(doc).select(7).type('!').back().type('x').select(5).back().do(splitBlock)
    expect(writer.describe()).toBe('\ninsert 5: -4[O]ne+3[x]\ntwo')
    expect(writer.refusals).toBe(0)
    const across = createWriter(doc).select(5, 13).back()
    expect([across.refusals, across.doc.eq(doc)]).toEqual([1, true])
    const start = createWriter(doc).select(11)
    start.dispatch(start.state.tr.delete(8, 13))
    expect([start.refusals, start.doc.eq(doc)]).toEqual([1, true])
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
})
