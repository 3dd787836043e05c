import { Slice } from '@tiptap/pm/model'
import { describe, expect, test } from 'vitest'
import { findAddresses } from '../../web/features/editor/links/auto-link.ts'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { insertText, selectText, type TestEditor } from '../support/editor.ts'

const open = setUpEditors()

/** Types character by character, as a person does. */
function type(ann: TestEditor, text: string) {
  for (const character of text) insertText(ann, character)
}

/** The text with links as `[text](href)`. */
function readLinks({ editor }: TestEditor): string {
  let text = ''
  editor.state.doc.descendants((node) => {
    if (node.isTextblock && text) text += '\n'
    if (!node.isText) return
    const link = node.marks.find((mark) => mark.type.name === 'link')
    text += link ? `[${node.text}](${link.attrs['href']})` : node.text
  })
  return text
}

const pasteText = ({ editor }: TestEditor, text: string) => editor.view.pasteText(text)

describe('links', () => {
  test('end with a pasted address, a pasted link and words that got an address', () => {
    const plain = open('Ann')
    type(plain, 'See ')
    pasteText(plain, 'https://example.org/annex')
    type(plain, ' which binds.')
    expect(readLinks(plain)).toBe('See [https://example.org/annex](https://example.org/annex) which binds.')

    const rich = open('Ann')
    rich.editor.view.pasteHTML('<a href="https://example.org/annex">the annex</a>')
    type(rich, ' which binds.')
    expect(readLinks(rich)).toBe('[the annex](https://example.org/annex) which binds.')

    const over = open('Ann')
    type(over, 'See the annex')
    selectText(over, 5, 14)
    pasteText(over, 'https://example.org/annex')
    type(over, ' which binds.')
    expect(readLinks(over)).toBe('See [the annex](https://example.org/annex) which binds.')
  })

  test('typed addresses are linked without the punctuation around them', () => {
    const ann = open('Ann')
    type(ann, 'https://example.org/x (https://example.org/y) https://example.org/z, www.example.org me@example.org. end')
    expect(readLinks(ann)).toBe(
      '[https://example.org/x](https://example.org/x) ([https://example.org/y](https://example.org/y)) ' +
        '[https://example.org/z](https://example.org/z), [www.example.org](https://www.example.org) ' +
        '[me@example.org](mailto:me@example.org). end',
    )
  })

  test('Enter links the address before it, and text that is no address is not linked', () => {
    const ann = open('Ann')
    type(ann, 'At www.example.org')
    ann.editor.commands.splitBlock()
    type(ann, 'lamps.The end of 3.14 and javascript:alert(1) and a@b ')
    expect(readLinks(ann)).toBe('At [www.example.org](https://www.example.org)\nlamps.The end of 3.14 and javascript:alert(1) and a@b ')
  })

  test('a pasted text has its web and mail addresses linked', () => {
    const ann = open('Ann')
    pasteText(ann, 'Ask me@example.org or see www.example.org.')
    expect(readLinks(ann)).toBe('Ask [me@example.org](mailto:me@example.org) or see [www.example.org](https://www.example.org).')
  })

  test('in suggestion mode the original text is not linked', () => {
    const ann = open('Ann')
    const { state, view } = ann.editor
    view.dispatch(
      state.tr.replace(1, 1, new Slice(state.schema.node('paragraph', null, state.schema.text('www.example.org')).content, 0, 0)),
    )
    setSuggesting(ann.editor, true)
    selectText(ann, 16)
    type(ann, ' see www.example.com now')
    expect(readLinks(ann)).toBe('www.example.org see [www.example.com](https://www.example.com) now')
  })

  test('addresses keep brackets that belong to them', () => {
    expect(findAddresses('(https://example.org/a_(b))').map(({ text }) => text)).toEqual(['https://example.org/a_(b)'])
  })
})
