/** Remote changes during a composition, without a browser: the editor composes while its document changes. */
import { expect, test } from 'vitest'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, insertText, selectText, type TestEditor, toXml } from '../support/editor.ts'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { waitUntil } from '../support/wait-until.ts'

const open = setUpEditors()

const startComposition = ({ editor }: TestEditor) => editor.view.dom.dispatchEvent(new window.Event('compositionstart'))
const endComposition = ({ editor }: TestEditor) => editor.view.dom.dispatchEvent(new window.Event('compositionend'))
/** Replaces the text before the caret, as each step of a composition does. */
function compose({ editor }: TestEditor, composed: string, before: string) {
  const { state, view } = editor
  const { from } = state.selection
  view.dispatch(state.tr.insertText(composed, from - before.length, from))
}

test('remote changes and the composed text wait for the end of a composition', async () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  insertText(ann, 'ab cd')
  startComposition(ann)
  expect(ann.editor.view.composing).toBe(true)
  compose(ann, 'ni', '')
  ben.editor.commands.setTextSelection(3)
  ben.editor.commands.splitBlock()
  expect(ann.editor.getText()).toBe('ab cdni')
  compose(ann, 'niha', 'ni')
  expect(ben.editor.getText()).toBe('ab\n\n cd')
  compose(ann, '你好', 'niha')
  endComposition(ann)
  await waitUntil(() => ann.editor.getText() === 'ab\n\n cd你好', 'the split to be shown')
  expect(toXml(ann)).toBe(toXml(ben))
  insertText(ann, '!')
  expect(ben.editor.getText()).toBe('ab\n\n cd你好!')
})

test('an undo after a composition takes back only what its author composed', async () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  insertText(ben, 'Words')
  selectText(ann, 6)
  startComposition(ann)
  insertText(ben, 'Z', 1)
  compose(ann, '你好', '')
  endComposition(ann)
  await waitUntil(() => ann.editor.getText() === 'ZWords你好', 'the letter to be shown')
  ann.editor.commands.undo()
  expect(ben.editor.getText()).toBe('ZWords')
})

test('what two people compose at once in an empty paragraph is there once', async () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  startComposition(ann)
  insertText(ben, 'Z')
  compose(ann, '你', '')
  endComposition(ann)
  await waitUntil(() => ann.editor.getText().includes('Z'), 'the letter to be shown')
  insertText(ann, '!')
  insertText(ben, '?', 1)
  expect(
    ann.editor
      .getText()
      .split('')
      .filter((letter) => letter !== '\n')
      .toSorted(),
  ).toEqual(['!', '?', 'Z', '你'].toSorted())
  expect(toXml(ann)).toBe(toXml(ben))
})

test('in suggestion mode a composition becomes one deletion and one insertion', async () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  insertText(ben, 'teh party')
  setSuggesting(ann.editor, true)
  selectText(ann, 4)
  startComposition(ann)
  compose(ann, 'th', 'teh')
  compose(ann, 'the', 'th')
  expect(toXml(ben)).toBe('<paragraph>teh party</paragraph>')
  insertText(ben, '!', 10)
  endComposition(ann)
  await waitUntil(() => ann.editor.getText().endsWith('!'), 'the sign to be shown')
  const parts: string[] = []
  ben.editor.state.doc.descendants(({ text, marks }) => void (text && parts.push(`${marks[0]?.type.name ?? ''}:${text}`)))
  // What both words share is kept.
  expect(parts.filter((part) => part.startsWith('insertion'))).toHaveLength(1)
  expect(parts.filter((part) => part.startsWith('deletion'))).toHaveLength(1)
  const accepted = parts.filter((part) => !part.startsWith('deletion')).map((part) => part.replace(/^\w*:/, ''))
  expect(accepted.join('')).toBe('the party!')
  const rejected = parts.filter((part) => !part.startsWith('insertion')).map((part) => part.replace(/^\w*:/, ''))
  expect(rejected.join('')).toBe('teh party!')
})

test('a composition that replaces a character by one with an equal half replaces all of it', async () => {
  for (const isSuggesting of [false, true]) {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    // Both are written with the same first half.
    insertText(ben, 'a🤝b')
    setSuggesting(ann.editor, isSuggesting)
    selectText(ann, 4)
    startComposition(ann)
    compose(ann, '🥂', '🤝')
    insertText(ben, 'Z', 1)
    endComposition(ann)
    await waitUntil(() => ben.editor.getText().includes('🥂'), 'the new character to be written')
    expect(ben.editor.getText()).toBe(isSuggesting ? 'Za🤝🥂b' : 'Za🥂b')
    const parts: string[] = []
    ben.editor.state.doc.descendants(({ text }) => void (text && parts.push(text)))
    expect(parts.every((part) => part.isWellFormed())).toBe(true)
  }
})

test('editors show the same text after random compositions beside random edits (property)', async () => {
  const random = createRandom(readSeed('compositions'))
  const some = (most: number) => Math.floor(random() * (most + 1))
  for (let round = 0; round < chooseSize(15, 50); round++) {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    ann.editor.commands.setContent('<p>One two three</p><p></p><p>four <strong>five</strong></p>')
    let composed = 0
    for (let turn = 0; turn < 4; turn++) {
      selectText(ann, 1 + some(ann.editor.state.doc.content.size - 2))
      startComposition(ann)
      let before = ''
      for (let step = 0; step < 3; step++) {
        const next = '界'.repeat(step + 1)
        compose(ann, next, before)
        before = next
        selectText(ben, 1 + some(ben.editor.state.doc.content.size - 2))
        if (some(2) === 0) ben.editor.commands.splitBlock()
        else if (some(1) === 0) insertText(ben, 'z')
        else ben.editor.commands.selectParentNode()
      }
      composed += before.length
      endComposition(ann)
      await waitUntil(() => toXml(ann) === toXml(ben) && ann.editor.getText() === ben.editor.getText(), 'both to show the same text')
    }
    expect(ben.editor.getText().match(/界/g)).toHaveLength(composed)
    expect(ann.editor.getJSON()).toEqual(ben.editor.getJSON())
  }
})
