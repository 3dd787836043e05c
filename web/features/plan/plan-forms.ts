import type { Field } from '../sections/entry-dialog.tsx'
import { toLabel, type Phase } from '../sections/section-types.ts'

interface EntryForm {
  title: string
  fields: Field[]
}

const choiceField = (name: string, label: string, values: readonly string[]): Field => ({
  name,
  label,
  kind: 'choice',
  choices: values.map((value) => ({ value, label: toLabel(value) })),
})
const textLineField = (name: string, label: string, more: Partial<Field> = {}): Field => ({ name, label, kind: 'line', ...more })
const numberField = (name: string, label: string, min: number, max: number): Field => ({ name, label, kind: 'number', min, max })
const textField = (name: string, label: string, longest = 2000): Field => ({ name, label, kind: 'text', maxLength: longest })
const dayField = (name: string, label: string): Field => ({ name, label, kind: 'day' })
const workStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED']

/** Returns the form for an entry of a section. */
export function getEntryForm(section: string, phases: Phase[]): EntryForm {
  switch (section) {
    case 'timeline':
      return {
        title: 'Days',
        fields: [dayField('startsOn', 'Begins on'), numberField('days', 'Days', 1, 3650), dayField('launchesOn', 'Launch on')],
      }
    case 'phases':
      return {
        title: 'Phase',
        fields: [
          textLineField('name', 'Name', { required: true, maxLength: 100 }),
          numberField('startDay', 'From day', 1, 3650),
          numberField('endDay', 'To day', 1, 3650),
          choiceField('state', 'State', workStates),
          textField('deliverables', 'What it delivers'),
        ],
      }
    case 'milestones':
      return {
        title: 'Milestone',
        fields: [
          textLineField('title', 'What is reached', { required: true }),
          numberField('day', 'On day', 1, 3650),
          {
            ...choiceField('phaseId', 'In phase', []),
            emptyValue: null,
            choices: phases.map(({ id, name }) => ({ value: id, label: name })),
          },
          choiceField('state', 'State', ['PENDING', 'ACHIEVED', 'DELAYED', 'MISSED']),
          dayField('achievedOn', 'Achieved on'),
          textField('description', 'More about it', 5000),
        ],
      }
    case 'raci':
      return {
        title: 'Activity',
        fields: [
          textLineField('activity', 'Activity', { required: true }),
          textLineField('responsible', 'Responsible: does it'),
          textLineField('accountable', 'Accountable: answers for it'),
          textLineField('consulted', 'Consulted: is asked'),
          textLineField('informed', 'Informed: is told'),
          choiceField('state', 'State', workStates),
          dayField('dueOn', 'Until'),
        ],
      }
    case 'goals':
      return {
        title: 'Goal',
        fields: [
          textLineField('title', 'Goal', { required: true }),
          textField('specific', 'Specific: what exactly'),
          textField('measurable', 'Measurable: how one sees it'),
          textField('achievable', 'Achievable: why it can be done'),
          textField('relevant', 'Relevant: why it matters'),
          dayField('dueOn', 'Time-bound: by when'),
          numberField('current', 'So far', -1e15, 1e15),
          numberField('target', 'Target', -1e15, 1e15),
          textLineField('unit', 'Unit', { maxLength: 30 }),
          choiceField('state', 'State', ['DRAFT', 'ACTIVE', 'COMPLETED', 'CANCELLED']),
        ],
      }
    case 'risks':
      return {
        title: 'Risk',
        fields: [
          textLineField('title', 'What may happen', { required: true }),
          numberField('impact', 'How bad, 1 to 5', 1, 5),
          numberField('probability', 'How likely, 1 to 5', 1, 5),
          choiceField('kind', 'Kind', ['OPERATIONAL', 'FINANCIAL', 'LEGAL', 'IP', 'REPUTATIONAL', 'OTHER']),
          textField('mitigation', 'What is done about it', 5000),
          choiceField('state', 'State', ['ACTIVE', 'MITIGATED', 'ACCEPTED', 'TRANSFERRED']),
        ],
      }
    case 'readings':
      return {
        title: 'Reading',
        fields: [dayField('on', 'On'), numberField('value', 'Value', -1e15, 1e15)].map((field) => ({ ...field, required: true })),
      }
    default:
      return {
        title: 'Figure',
        fields: [textLineField('name', 'Figure', { required: true, maxLength: 100 }), textLineField('unit', 'Unit', { maxLength: 30 })],
      }
  }
}
