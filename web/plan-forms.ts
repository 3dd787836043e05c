import type { Field } from './entry-dialog.tsx'
import { inWords, type Phase } from './sections.ts'

interface Form {
  title: string
  fields: Field[]
}

const choice = (name: string, label: string, values: readonly string[]): Field => ({
  name,
  label,
  kind: 'choice',
  choices: values.map((value) => ({ value, label: inWords(value) })),
})
const line = (name: string, label: string, more: Partial<Field> = {}): Field => ({ name, label, kind: 'line', ...more })
const number = (name: string, label: string, least: number, most: number): Field => ({ name, label, kind: 'number', least, most })
const text = (name: string, label: string, longest = 2000): Field => ({ name, label, kind: 'text', longest })
const day = (name: string, label: string): Field => ({ name, label, kind: 'day' })
const work = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED']

/** What is asked of an entry of each section of a plan. */
export function forms(section: string, phases: Phase[]): Form {
  switch (section) {
    case 'timeline':
      return { title: 'Days', fields: [day('startsOn', 'Begins on'), number('days', 'Days', 1, 3650), day('launchesOn', 'Launch on')] }
    case 'phases':
      return {
        title: 'Phase',
        fields: [
          line('name', 'Name', { required: true, longest: 100 }),
          number('startDay', 'From day', 1, 3650),
          number('endDay', 'To day', 1, 3650),
          choice('state', 'State', work),
          text('deliverables', 'What it delivers'),
        ],
      }
    case 'milestones':
      return {
        title: 'Milestone',
        fields: [
          line('title', 'What is reached', { required: true }),
          number('day', 'On day', 1, 3650),
          { ...choice('phaseId', 'In phase', []), none: null, choices: phases.map(({ id, name }) => ({ value: id, label: name })) },
          choice('state', 'State', ['PENDING', 'ACHIEVED', 'DELAYED', 'MISSED']),
          day('achievedOn', 'Achieved on'),
          text('description', 'More about it', 5000),
        ],
      }
    case 'raci':
      return {
        title: 'Activity',
        fields: [
          line('activity', 'Activity', { required: true }),
          line('responsible', 'Responsible: does it'),
          line('accountable', 'Accountable: answers for it'),
          line('consulted', 'Consulted: is asked'),
          line('informed', 'Informed: is told'),
          choice('state', 'State', work),
          day('dueOn', 'Until'),
        ],
      }
    case 'goals':
      return {
        title: 'Goal',
        fields: [
          line('title', 'Goal', { required: true }),
          text('specific', 'Specific: what exactly'),
          text('measurable', 'Measurable: how one sees it'),
          text('achievable', 'Achievable: why it can be done'),
          text('relevant', 'Relevant: why it matters'),
          day('dueOn', 'Time-bound: by when'),
          number('current', 'So far', -1e15, 1e15),
          number('target', 'Target', -1e15, 1e15),
          line('unit', 'Unit', { longest: 30 }),
          choice('state', 'State', ['DRAFT', 'ACTIVE', 'COMPLETED', 'CANCELLED']),
        ],
      }
    case 'risks':
      return {
        title: 'Risk',
        fields: [
          line('title', 'What may happen', { required: true }),
          number('impact', 'How bad, 1 to 5', 1, 5),
          number('probability', 'How likely, 1 to 5', 1, 5),
          choice('kind', 'Kind', ['OPERATIONAL', 'FINANCIAL', 'LEGAL', 'IP', 'REPUTATIONAL', 'OTHER']),
          text('mitigation', 'What is done about it', 5000),
          choice('state', 'State', ['ACTIVE', 'MITIGATED', 'ACCEPTED', 'TRANSFERRED']),
        ],
      }
    case 'readings':
      return {
        title: 'Reading',
        fields: [day('on', 'On'), number('value', 'Value', -1e15, 1e15)].map((field) => ({ ...field, required: true })),
      }
    default:
      return { title: 'Figure', fields: [line('name', 'Figure', { required: true, longest: 100 }), line('unit', 'Unit', { longest: 30 })] }
  }
}
