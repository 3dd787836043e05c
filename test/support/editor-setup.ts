/** Sets up editors without a browser for the tests of a file. */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { installDom } from './dom.ts'
import { type TestEditor, openEditor } from './editor.ts'

/** Installs a DOM for the tests of a file. @returns `openEditor`, whose editors are destroyed after each test */
export function setUpEditors(): typeof openEditor {
  let removeDom: () => void
  beforeAll(() => {
    removeDom = installDom()
  })
  afterAll(() => removeDom())
  const opened: TestEditor[] = []
  afterEach(() => {
    for (const { editor } of opened.splice(0)) editor.destroy()
  })
  return (...parameters) => {
    const testEditor = openEditor(...parameters)
    opened.push(testEditor)
    return testEditor
  }
}
