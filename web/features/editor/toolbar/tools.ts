/** The tools of the formatting toolbar. */
import {
  Bold,
  Code,
  Heading1,
  Heading2,
  Heading3,
  Heading4,
  Heading5,
  Heading6,
  Italic,
  List,
  ListTodo,
  ListOrdered,
  type LucideIcon,
  Minus,
  Pilcrow,
  PilcrowLeft,
  PilcrowRight,
  Quote,
  Redo2,
  RotateCcw,
  Section,
  Strikethrough,
  Subscript,
  Superscript,
  Underline,
  Undo2,
} from 'lucide-react'
import type { Doc } from 'yjs'
import { isClauseNumbered, isNumberingRestarted, toggleClauses, toggleNumberingRestart } from '../../rich-text/clause-numbering.ts'
import { hasDirection, setDirection } from '../direction/text-direction.ts'
import type { Tool } from './tool.ts'

type HeadingLevel = 1 | 2 | 3 | 4 | 5 | 6
const headingIcons: Record<HeadingLevel, LucideIcon> = { 1: Heading1, 2: Heading2, 3: Heading3, 4: Heading4, 5: Heading5, 6: Heading6 }

const headingTool = (level: HeadingLevel): Tool => ({
  label: `Heading ${level}`,
  keys: `Ctrl+Alt+${level}`,
  icon: headingIcons[level],
  run: (chain) => chain.setHeading({ level }),
  isActive: (editor) => editor.isActive('heading', { level }),
})

const markTool = (name: string, label: string, keys: string, icon: LucideIcon): Tool => ({
  label,
  keys,
  icon,
  run: (chain) => chain.toggleMark(name),
  isActive: (editor) => editor.isActive(name),
  isEnabled: (editor) => editor.can().toggleMark(name),
})

export const historyTools: readonly Tool[] = [
  { label: 'Undo', keys: 'Ctrl+Z', icon: Undo2, run: (chain) => chain.undo(), isEnabled: (editor) => editor.can().undo() },
  { label: 'Redo', keys: 'Ctrl+Shift+Z', icon: Redo2, run: (chain) => chain.redo(), isEnabled: (editor) => editor.can().redo() },
]

/** The types of a block. */
export const blockTools: readonly Tool[] = [
  {
    label: 'Text',
    keys: 'Ctrl+Alt+0',
    icon: Pilcrow,
    run: (chain) => chain.setParagraph(),
    isActive: (editor) => editor.isActive('paragraph'),
    isDefault: true,
  },
  ...([1, 2, 3, 4, 5, 6] as const).map(headingTool),
]

export const formatTools: readonly Tool[] = [
  markTool('bold', 'Bold', 'Ctrl+B', Bold),
  markTool('italic', 'Italic', 'Ctrl+I', Italic),
  markTool('underline', 'Underline', 'Ctrl+U', Underline),
]

export const moreFormatTools: readonly Tool[] = [
  markTool('strike', 'Strikethrough', 'Ctrl+Shift+S', Strikethrough),
  markTool('superscript', 'Superscript', 'Ctrl+.', Superscript),
  markTool('subscript', 'Subscript', 'Ctrl+,', Subscript),
  markTool('code', 'Code', 'Ctrl+E', Code),
]

export const listTools: readonly Tool[] = [
  {
    label: 'Bulleted list',
    keys: 'Ctrl+Shift+8',
    icon: List,
    run: (chain) => chain.toggleBulletList(),
    isActive: (editor) => editor.isActive('bulletList'),
  },
  {
    label: 'Numbered list',
    keys: 'Ctrl+Shift+7',
    icon: ListOrdered,
    run: (chain) => chain.toggleOrderedList(),
    isActive: (editor) => editor.isActive('orderedList'),
  },
  {
    label: 'Task list',
    keys: 'Ctrl+Shift+9',
    icon: ListTodo,
    run: (chain) => chain.toggleTaskList(),
    isActive: (editor) => editor.isActive('taskList'),
  },
]

/** Numbers paragraphs and headings as clauses. */
export const clauseTool = (document: Doc): Tool => ({
  label: 'Clause numbering',
  keys: 'Ctrl+Shift+6',
  icon: Section,
  run: (_, editor) => toggleClauses(editor, document),
  isActive: (editor) => isClauseNumbered(editor.state),
})

const directionTool = (direction: 'ltr' | 'rtl' | null, label: string, icon: LucideIcon): Tool => ({
  label,
  icon,
  isDefault: direction === null,
  run: (_, editor) => setDirection(editor, direction),
  isActive: (editor) => hasDirection(editor.state, direction),
})

/** Tools that are used less often. */
export const moreTools: readonly (readonly Tool[])[] = [
  [
    {
      label: 'Restart numbering',
      icon: RotateCcw,
      run: (_, editor) => void toggleNumberingRestart(editor),
      isActive: (editor) => isNumberingRestarted(editor.state),
      isEnabled: (editor) => isClauseNumbered(editor.state),
    },
  ],
  [
    {
      label: 'Quote',
      keys: 'Ctrl+Shift+B',
      icon: Quote,
      run: (chain) => chain.toggleBlockquote(),
      isActive: (editor) => editor.isActive('blockquote'),
    },
    { label: 'Divider', icon: Minus, run: (chain) => chain.setHorizontalRule() },
  ],
  [
    directionTool(null, 'Automatic direction', Pilcrow),
    directionTool('ltr', 'Left to right', PilcrowRight),
    directionTool('rtl', 'Right to left', PilcrowLeft),
  ],
]
