import { expect, test } from 'vitest'
import { findDirection } from '../../web/features/editor/direction/list-direction.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { insertText } from '../support/editor.ts'

const open = setUpEditors()

test('the direction of a text is that of its first letter', () => {
  const texts = ['العقد 5', '5. שלום', 'An عقد', '12 (3)', '']
  expect(texts.map(findDirection)).toEqual(['rtl', 'rtl', 'ltr', undefined, undefined])
})

test('lists, items and quotes have the direction of their text, also while it is typed and inside each other', () => {
  const ann = open('Ann')
  ann.editor.commands.setContent(
    '<ol><li><p>العقد</p><ul><li><p>words</p></li></ul></li><li><p>12</p></li></ol><blockquote><p>1</p></blockquote>',
  )
  const readDirections = () =>
    [...ann.editor.view.dom.querySelectorAll('ol, ul, li, blockquote')].map((one) => `${one.localName} ${one.getAttribute('dir') ?? ''}`)
  expect(readDirections()).toEqual(['ol rtl', 'li ', 'ul ltr', 'li ', 'li ', 'blockquote '])
  insertText(ann, 'ש', ann.editor.state.doc.content.size - 2)
  expect(readDirections().at(-1)).toBe('blockquote rtl')
})
