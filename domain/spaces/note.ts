/** Short notes of a team, beside the text of its space. */
import { shortText, section, longText } from '../documents/sections/section.ts'

export const notes = section('notes', { title: shortText(), text: longText(20_000) })
