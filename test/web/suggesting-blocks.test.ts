import { setBlockType, splitBlock, toggleMark } from '@tiptap/pm/commands'
import type { MarkType, Node, NodeType } from '@tiptap/pm/model'
import { liftListItem, wrapInList } from '@tiptap/pm/schema-list'
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable } from '@tiptap/pm/tables'
import { describe, expect, test } from 'vitest'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'
import { page, paragraph, writer } from '../support/suggestion-writer.ts'

describe('suggested formats, fields, lists and tables', () => {
  test('formatting is suggested on the text itself; formatting back removes the suggestion, and own suggested text is formatted directly', () => {
    const bold = toggleMark(proseSchema.marks['bold'] as MarkType)
    const me = writer(page('One two three')).select(5, 8).do(bold)
    expect(me.seen()).toBe('One b~1[two] three')
    me.select(7, 10).do(bold)
    expect(me.seen()).toBe('One b~1[tw]o three')
    me.select(5, 7).do(bold)
    expect(me.doc.eq(page('One two three'))).toBe(true)
    const own = writer(page('One')).select(4).type(' two').select(5, 8).do(bold)
    expect(own.seen()).toMatch(/^One\+1\[ \](b\+1|\+1b)\[two\]$/)
  })

  test('a format that was already there is suggested to be removed, and a field is formatted like text', () => {
    const bold = proseSchema.marks['bold'] as MarkType
    const field = proseSchema.node('variable', { name: 'date' })
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('paragraph', null, [proseSchema.text('On ', [bold.create()]), field, proseSchema.text(' we')]),
    ])
    const me = writer(doc).select(1, 4).do(toggleMark(bold))
    expect(me.seen()).toMatch(/^~1\[On \]/)
    const changes = me.doc.firstChild?.firstChild?.marks[0]?.attrs
    expect(changes).toMatchObject({ added: [], removed: [{ type: 'bold' }] })
    const all = writer(doc)
      .select(1, 8)
      .do(toggleMark(proseSchema.marks['italic'] as MarkType))
    expect(all.doc.firstChild?.child(1).marks.map(({ type }) => type.name)).toEqual(['italic', 'formatChange'])
  })

  test('fields and line breaks are inserted and deleted by suggestions like text', () => {
    const line = (...content: Node[]) => proseSchema.node('paragraph', null, content)
    const marksOf = (node: Node | undefined) => node?.marks.map(({ type }) => type.name)
    for (const atom of [proseSchema.node('variable', { name: 'date' }), proseSchema.node('hardBreak')]) {
      const doc = proseSchema.node('doc', null, [line(proseSchema.text('On '), atom, proseSchema.text(' we'))])
      const me = writer(doc).select(5).back()
      expect(marksOf(me.doc.firstChild?.child(1))).toEqual(['deletion'])
      const pasting = writer(page('One')).select(4).paste(line(atom))
      expect(marksOf(pasting.doc.firstChild?.lastChild as Node)).toEqual(['insertion'])
      pasting.back()
      expect(pasting.doc.eq(page('One'))).toBe(true)
    }
  })

  test('a paragraph that becomes a list item records where it was, and taking it out again removes the suggestion', () => {
    const list = proseSchema.nodes['bulletList'] as NodeType
    const me = writer(page('One', 'two')).select(2).do(wrapInList(list))
    expect(me.doc.firstChild?.type.name).toBe('bulletList')
    expect(me.seen()).toBe('change 1: One\ntwo')
    const [item] = [me.doc.firstChild?.firstChild?.firstChild as Node]
    expect(readSuggestionOfBlock(item)).toMatchObject({ kind: 'change', was: { type: 'paragraph', within: [] } })
    me.do(liftListItem(proseSchema.nodes['listItem'] as NodeType))
    expect(me.doc.eq(page('One', 'two'))).toBe(true)
  })

  test('rows and columns of a table are suggested as such', () => {
    const cell = (text: string) => proseSchema.node('tableCell', null, [paragraph(text)])
    const row = (...texts: string[]) => proseSchema.node('tableRow', null, texts.map(cell))
    const doc = proseSchema.node('doc', null, [proseSchema.node('table', null, [row('a', 'b'), row('c', 'd')]), paragraph('after')])
    const blocks = (me: ReturnType<typeof writer>) => {
      const found: string[] = []
      me.doc.descendants((node) => {
        const suggestion = readSuggestionOfBlock(node)
        if (suggestion) found.push(`${suggestion.kind} ${node.type.name}`)
      })
      return found.toSorted()
    }
    expect(blocks(writer(doc).select(5).do(addRowAfter))).toEqual(['insert tableRow'])
    expect(blocks(writer(doc).select(5).do(deleteRow))).toEqual(['delete tableRow'])
    expect(blocks(writer(doc).select(5).do(addColumnAfter))).toEqual(['insert tableCell', 'insert tableCell'])
    expect(blocks(writer(doc).select(5).do(deleteColumn))).toEqual(['delete tableCell', 'delete tableCell'])
    expect(blocks(writer(doc).select(5).do(deleteTable))).toEqual(['delete table'])
    expect(writer(doc).select(5).do(addColumnAfter).do(deleteColumn).refusals).toBe(0)
  })

  test('text in table cells can be suggested, but changes to cells are refused', () => {
    const cell = (text: string) => proseSchema.node('tableCell', null, [paragraph(text)])
    const doc = proseSchema.node('doc', null, [
      proseSchema.node('table', null, [proseSchema.node('tableRow', null, [cell('One'), cell('two')])]),
    ])
    const me = writer(doc).select(7).type('!').back().type('x').select(5).back().do(splitBlock)
    expect(me.seen()).toBe('\ninsert 5: -4[O]ne+3[x]\ntwo')
    expect(me.refusals).toBe(0)
    const across = writer(doc).select(5, 13).back()
    expect([across.refusals, across.doc.eq(doc)]).toEqual([1, true])
    const start = writer(doc).select(11)
    start.take(start.state.tr.delete(8, 13))
    expect([start.refusals, start.doc.eq(doc)]).toEqual([1, true])
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
})
