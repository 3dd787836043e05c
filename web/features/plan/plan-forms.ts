import type { EntryForm } from '../sections/edited-entry.ts'
import type { Field } from '../sections/entry-dialog.tsx'
import { toLabel, type Phase } from '../sections/section-types.ts'

const choiceField = (name: string, label: string, values: readonly string[]): Field => ({
  name,
  label,
  kind: 'choice',
  choices: values.map((value) => ({ value, label: toLabel(value) })),
})
const textLineField = (name: string, label: string, more: Partial<Field> = {}): Field => ({ name, label, kind: 'line', ...more })
const numberField = (name: string, label: string, min: number, max: number): Field => ({ name, label, kind: 'number', min, max })
const textField = (name: string, label: string, maxLength = 2000): Field => ({ name, label, kind: 'text', maxLength })
const dayField = (name: string, label: string): Field => ({ name, label, kind: 'day' })
const workStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED']

/** The forms that are the same for every plan, by section. */
const forms: Record<string, EntryForm> = {
  timeline: {
    title: 'Days',
    fields: [dayField('startsOn', 'Begins on'), numberField('days', 'Days', 1, 3650), dayField('launchesOn', 'Launch on')],
  },
  phases: {
    title: 'Phase',
    fields: [
      textLineField('name', 'Name', { required: true, maxLength: 100 }),
      numberField('startDay', 'From day', 1, 3650),
      numberField('endDay', 'To day', 1, 3650),
      choiceField('state', 'State', workStates),
      textField('deliverables', 'What it delivers'),
    ],
  },
  raci: {
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
  },
  goals: {
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
  },
  risks: {
    title: 'Risk',
    fields: [
      textLineField('title', 'What may happen', { required: true }),
      numberField('impact', 'How bad, 1 to 5', 1, 5),
      numberField('probability', 'How likely, 1 to 5', 1, 5),
      choiceField('kind', 'Kind', ['OPERATIONAL', 'FINANCIAL', 'LEGAL', 'IP', 'REPUTATIONAL', 'OTHER']),
      textField('mitigation', 'What is done about it', 5000),
      choiceField('state', 'State', ['ACTIVE', 'MITIGATED', 'ACCEPTED', 'TRANSFERRED']),
    ],
  },
  readings: {
    title: 'Reading',
    fields: [dayField('on', 'On'), numberField('value', 'Value', -1e15, 1e15)].map((field) => ({ ...field, required: true })),
  },
  figures: {
    title: 'Figure',
    fields: [textLineField('name', 'Figure', { required: true, maxLength: 100 }), textLineField('unit', 'Unit', { maxLength: 30 })],
  },
}

/** The form of a milestone, with the phases that it may belong to. */
const toMilestoneForm = (phases: readonly Phase[]): EntryForm => ({
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
})

/** Returns the form for an entry of a section. */
export function getEntryForm(section: string, phases: readonly Phase[]): EntryForm {
  const form = section === 'milestones' ? toMilestoneForm(phases) : forms[section]
  if (!form) throw new Error(`The section ${section} has no form.`)
  return form
}
