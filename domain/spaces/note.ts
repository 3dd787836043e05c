/** Short notes of a team, beside the text of its space. */
import { line, section, text } from '../documents/section.ts'

export const notes = section('notes', { title: line(), text: text(20_000) })
