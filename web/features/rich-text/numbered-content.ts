/** Shows content that `numberContent` has numbered, where there is no editor. */
import { Extension } from '@tiptap/core'
import type { ParagraphNumber } from '../../../domain/documents/richtext/list-styles.ts'
import { toNumberAttributes } from './shown-numbers.ts'

const numbers = Extension.create({
  name: 'numbers',
  addGlobalAttributes: () => [
    {
      types: ['paragraph', 'heading'],
      attributes: {
        number: {
          default: null,
          renderHTML: ({ number }) => (number ? toNumberAttributes(number as ParagraphNumber) : {}),
        },
      },
    },
    {
      types: ['crossReference'],
      attributes: { shown: { default: null, renderHTML: () => ({}) } },
    },
  ],
})

/** Extensions for `renderToReactElement`. */
export const numberedContent = [numbers]
