import { expect, test } from 'vitest'
import { metadataName, readSchemaVersion } from '../../domain/documents/richtext/schema-version.ts'
import { schemaVersion } from '../../domain/documents/richtext/schema.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, insertText, selectText } from '../support/editor.ts'

const open = setUpEditors()

test('an editor records its schema version with its first edit, in the same update; reading records nothing', () => {
  const ann = open('Ann')
  selectText(ann, 1)
  expect([ann.ownUpdates, readSchemaVersion(ann.doc)]).toEqual([0, 1])
  insertText(ann, 'Words')
  expect([ann.ownUpdates, readSchemaVersion(ann.doc)]).toEqual([1, schemaVersion])
})

test('an editor that is older than the document shows its changes and changes nothing', () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  insertText(ann, 'Words')
  ben.doc.getMap(metadataName).set('schemaVersion', schemaVersion + 1)
  const before = ann.ownUpdates
  insertText(ann, '!')
  expect([ann.ownUpdates, ann.editor.getText()]).toEqual([before, 'Words'])
})

test('a recorded version that is no number is taken for none', () => {
  const ann = open('Ann')
  ann.doc.getMap(metadataName).set('schemaVersion', 'many')
  insertText(ann, 'Words')
  expect(readSchemaVersion(ann.doc)).toBe(schemaVersion)
})
