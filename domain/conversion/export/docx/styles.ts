/** Styles of an exported Word document. Sizes are half points, distances twentieths of a point. */
import { BorderStyle, type IStylesOptions, LineRuleType } from 'docx'

const mono = 'Consolas'

const heading = (size: number, before: number) => ({
  run: { size, bold: true, color: '1A1B1E' },
  paragraph: { spacing: { before, after: 120 }, keepNext: true },
})

export const styles: IStylesOptions = {
  default: {
    document: { run: { font: 'Calibri', size: 22 }, paragraph: { spacing: { after: 120, line: 276, lineRule: LineRuleType.AUTO } } },
    heading1: heading(34, 360),
    heading2: heading(28, 300),
    heading3: heading(24, 240),
    heading4: heading(22, 220),
    heading5: { ...heading(22, 200), run: { size: 22, bold: true, italics: true, color: '1A1B1E' } },
    heading6: { ...heading(22, 200), run: { size: 22, italics: true, color: '495057' } },
    hyperlink: { run: { color: '1C6DD0', underline: {} } },
  },
  paragraphStyles: [
    {
      id: 'Quote',
      name: 'Quote',
      basedOn: 'Normal',
      run: { italics: true, color: '495057' },
      paragraph: { border: { left: { style: BorderStyle.SINGLE, size: 12, color: 'CED4DA', space: 10 } } },
    },
    { id: 'TableText', name: 'Table Text', basedOn: 'Normal', paragraph: { spacing: { after: 40 } } },
    { id: 'TableHead', name: 'Table Head', basedOn: 'TableText', run: { bold: true } },
    {
      id: 'CodeBlock',
      name: 'Code Block',
      basedOn: 'Normal',
      run: { font: mono, size: 19 },
      paragraph: { spacing: { line: 250, lineRule: LineRuleType.AUTO }, shading: { fill: 'F1F3F5' } },
    },
  ],
  characterStyles: [{ id: 'CodeWords', name: 'Code Words', run: { font: mono, size: 20, shading: { fill: 'F1F3F5' } } }],
}
