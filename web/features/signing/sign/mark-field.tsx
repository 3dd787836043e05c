import { SegmentedControl, TextInput } from '@mantine/core'
import { useState } from 'react'
import { DrawingPad } from './drawing-pad.tsx'
import type { Mark } from './mark.ts'

interface MarkFieldProps {
  mark: Mark
  error: string | null
  onChange: (mark: Mark) => void
}

/** The signature: the name in a handwriting face, or a drawing. What was typed is kept while one draws. */
export function MarkField({ mark, error, onChange }: MarkFieldProps) {
  const [typedName, setTypedName] = useState(mark.kind === 'typed' ? mark.text : '')

  function typeName(text: string) {
    setTypedName(text)
    onChange({ kind: 'typed', text })
  }
  return (
    <div className="mark-field">
      <SegmentedControl
        fullWidth
        size="md"
        aria-label="How you sign"
        value={mark.kind}
        onChange={(kind) => onChange(kind === 'typed' ? { kind, text: typedName } : { kind: 'drawn', image: '' })}
        data={[
          { value: 'typed', label: 'Type' },
          { value: 'drawn', label: 'Draw' },
        ]}
      />
      {mark.kind === 'typed' ? (
        <>
          <TextInput
            size="md"
            label="Your name"
            autoComplete="name"
            maxLength={200}
            value={typedName}
            error={error}
            onChange={(event) => typeName(event.currentTarget.value)}
          />
          <output className="typed-mark" aria-label="Your signature" dir="auto">
            {typedName.trim() || '\u00a0'}
          </output>
        </>
      ) : (
        <>
          <DrawingPad onChange={(image) => onChange({ kind: 'drawn', image })} />
          {error && (
            <p className="sign-field-error" role="alert">
              {error}
            </p>
          )}
        </>
      )}
    </div>
  )
}
