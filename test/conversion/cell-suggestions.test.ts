import { expect, test } from 'vitest'
import { renderDocx } from '../../domain/conversion/export/docx/docx.ts'
import { renderHtml } from '../../domain/conversion/export/html.ts'
import { renderMarkdown } from '../../domain/conversion/export/markdown/markdown.ts'
import { cellNode, suggestedByAnn, tableNode, toModel } from '../support/export-sample.ts'
import { paragraphNode, readArchivePart, textNode } from '../support/sample-document.ts'

const suggestedCell = (kind: 'insert' | 'delete', text: string) => ({
  ...cellNode(paragraphNode(textNode(text))),
  attrs: { suggestion: JSON.stringify({ ...suggestedByAnn, kind }) },
})

test('the words of a suggested column are inserted or deleted in every format', async () => {
  const row = (number: number) => [
    cellNode(paragraphNode(textNode(`stays${number}`))),
    suggestedCell('insert', `new${number}`),
    suggestedCell('delete', `old${number}`),
  ]
  const model = toModel({ type: 'doc', content: [tableNode(row(1), row(2))] })
  for (const text of [renderHtml(model), renderMarkdown(model)]) {
    expect(text).toMatch(/<ins[^>]*>new1<\/ins>.*<del[^>]*>old1<\/del>/)
    expect(text).toMatch(/<ins[^>]*>new2<\/ins>.*<del[^>]*>old2<\/del>/)
    expect(text).not.toMatch(/<(ins|del)[^>]*>stays/)
  }
  const xml = readArchivePart(await renderDocx(model), 'word/document.xml')
  expect(xml).toMatch(/<w:ins [^>]*><w:r>(?:(?!<\/w:ins>).)*new1/)
  expect(xml).toMatch(/<w:delText[^>]*>old2/)
  expect(xml).not.toMatch(/<w:delText[^>]*>stays/)
})
