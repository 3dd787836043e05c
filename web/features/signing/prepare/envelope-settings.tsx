import { NativeSelect, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import type { EnvelopeDraft } from './envelope-draft.ts'

const reminderOptions = [
  { value: '', label: 'None' },
  { value: '1', label: 'Every day' },
  { value: '2', label: 'Every 2 days' },
  { value: '3', label: 'Every 3 days' },
  { value: '7', label: 'Every week' },
  { value: '14', label: 'Every 2 weeks' },
]

interface EnvelopeSettingsProps {
  draft: EnvelopeDraft
  fieldErrors: Record<string, string>
  onChange: (change: Partial<EnvelopeDraft>) => void
}

/** Message, deadline, reminders, and what parties may do. */
export function EnvelopeSettings({ draft, fieldErrors, onChange }: EnvelopeSettingsProps) {
  const { message, deadline, remindEveryDays, declineAllowed, hideUntilTurn } = draft
  const known = reminderOptions.some(({ value }) => value === String(remindEveryDays ?? ''))
  return (
    <Stack gap="md">
      <Textarea
        label="Message"
        description="All parties read it, with the request"
        autosize
        minRows={2}
        maxLength={2000}
        value={message}
        onChange={(event) => onChange({ message: event.currentTarget.value })}
      />
      <div className="envelope-settings-row">
        <TextInput
          type="datetime-local"
          label="Deadline"
          description="Optional. Nobody can sign afterwards"
          value={deadline}
          error={fieldErrors['deadline'] && `The deadline ${fieldErrors['deadline']}.`}
          onChange={(event) => onChange({ deadline: event.currentTarget.value })}
        />
        <NativeSelect
          label="Reminders"
          description="To those whose turn it is"
          value={remindEveryDays ?? ''}
          data={known ? reminderOptions : [...reminderOptions, { value: String(remindEveryDays), label: `Every ${remindEveryDays} days` }]}
          onChange={({ currentTarget: { value } }) => onChange({ remindEveryDays: value === '' ? null : Number(value) })}
        />
      </div>
      <Switch
        label="Parties can decline to sign"
        checked={declineAllowed}
        onChange={(event) => onChange({ declineAllowed: event.currentTarget.checked })}
      />
      <Switch
        label="Hide the text from a party until it is their turn"
        checked={hideUntilTurn}
        onChange={(event) => onChange({ hideUntilTurn: event.currentTarget.checked })}
      />
    </Stack>
  )
}
