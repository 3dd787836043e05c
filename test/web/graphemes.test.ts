import { expect, test } from 'vitest'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, insertText, selectText, toXml } from '../support/editor.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'

const open = setUpEditors()
const characters = ['a', 'b', ' ', '𠮷', '🤝', '🥂', '👨‍👩‍👧', '🇩🇪', 'é', 'ñ̃', '한', '👍🏽']
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The offsets between characters as people see them. */
const readBoundaries = (text: string) => [...[...segmenter.segment(text)].map(({ index }) => index), text.length]

test('text typed, deleted and suggested by two people never has half of a character (property)', () => {
  const random = createRandom(readSeed('graphemes'))
  const some = (most: number) => Math.floor(random() * (most + 1))
  const pick = <Item>(items: Item[]) => items[some(items.length - 1)] as Item
  for (let round = 0; round < chooseSize(15, 50); round++) {
    const people = [open('Ann'), open('Ben')] as const
    connectEditors(...people)
    insertText(people[0], Array.from({ length: 12 }, () => pick(characters)).join(''))
    for (const { editor } of people) if (some(1) === 0) setSuggesting(editor, true)
    for (let turn = 0; turn < 20; turn++) {
      const person = pick([...people])
      const boundaries = readBoundaries(person.editor.state.doc.textContent)
      const [from, to] = [pick(boundaries), pick(boundaries)].toSorted((one, other) => one - other) as [number, number]
      selectText(person, 1 + from, 1 + (some(1) === 0 ? from : to))
      if (some(2) === 0) person.editor.commands.deleteSelection()
      else insertText(person, pick(characters))
      for (const { doc } of people) {
        const xml = toXml({ ...person, doc })
        expect(xml.isWellFormed() && !xml.includes('\ufffd'), xml).toBe(true)
      }
    }
    const parts: string[] = []
    people[0].editor.state.doc.descendants(({ text }) => void (text && parts.push(text)))
    for (const part of parts) expect(part.isWellFormed(), part).toBe(true)
    expect(people[0].editor.getText()).toBe(people[1].editor.getText())
  }
})
