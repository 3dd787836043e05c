import { Modal, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import type { FormEvent } from 'react'
import { useLocation } from 'wouter'
import { agreementKinds, type DocumentKind } from '../../lib/api-types.ts'
import { toErrorMessage, toFieldErrors } from '../../lib/problem.ts'
import { DocumentKindIcon, documentKindOrder, documentKinds } from '../../ui/document-kind.tsx'
import { FormActions, FormError } from '../../ui/form.tsx'
import { TemplatePicker } from '../legal/template-picker.tsx'
import { VenturePicker } from '../ventures/venture-picker.tsx'
import { useDocumentCreation, useNewDocument } from './new-document.ts'

/** The field that holds the name of each kind of resource. */
const nameLabels: Record<DocumentKind, { field: string; label: string; placeholder: string }> = {
  legal: { field: 'title', label: 'Title', placeholder: "Founders' agreement" },
  plan: { field: 'name', label: 'Name of the venture', placeholder: 'Lanternfish' },
  space: { field: 'name', label: 'Name', placeholder: 'Weekly notes' },
}

/** Chooses what to create. */
function KindOptions({ kind, onChange }: { kind: DocumentKind; onChange: (kind: DocumentKind) => void }) {
  return (
    <Radio.Group aria-label="What to make" value={kind} onChange={(value) => onChange(value as DocumentKind)}>
      <div className="kind-options">
        {documentKindOrder.map((option) => (
          <Radio.Card key={option} value={option} className="kind-option" aria-label={documentKinds[option].singular}>
            <DocumentKindIcon kind={option} size={32} />
            <span>{documentKinds[option].singular}</span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  )
}

interface TextFieldProps {
  value: string
  onChange: (value: string) => void
  error: string | undefined
}

function AgreementKindSelect({ value, onChange, error }: TextFieldProps) {
  return (
    <NativeSelect
      label="Kind of agreement"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      data={Object.entries(agreementKinds).map(([kind, label]) => ({ value: kind, label }))}
    />
  )
}

function PurposeField({ value, onChange, error }: TextFieldProps) {
  return (
    <Textarea
      label="Purpose"
      description="In a sentence: what it is for."
      autosize
      minRows={2}
      maxRows={5}
      maxLength={500}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
    />
  )
}

function NewDocumentForm({ initialKind, onClose }: { initialKind: DocumentKind; onClose: () => void }) {
  const [, navigate] = useLocation()
  const { values, change, chooseTemplate } = useNewDocument(initialKind)
  const { creating, create } = useDocumentCreation((documentName) => {
    onClose()
    navigate(`/documents/${documentName}`)
  })
  const { kind, name, template, agreementKind, purpose, ventureId } = values
  const { field, label, placeholder } = nameLabels[kind]
  const errors = toFieldErrors(creating.error)
  const hasFieldError = [field, 'kind', 'purpose', 'ventureId', 'templateId'].some((shown) => shown in errors)

  function submit(event: FormEvent) {
    event.preventDefault()
    create(values)
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <KindOptions
          kind={kind}
          onChange={(next) => {
            change({ kind: next })
            creating.reset()
          }}
        />
        <Text size="sm" c="dimmed" mt={-4}>
          {documentKinds[kind].purpose}
        </Text>
        {kind === 'legal' && <TemplatePicker value={template?.id ?? ''} onChange={chooseTemplate} error={errors['templateId']} />}
        <TextInput
          label={label}
          placeholder={placeholder}
          required
          maxLength={documentKinds[kind].maxLength}
          data-autofocus
          value={name}
          onChange={(event) => change({ name: event.currentTarget.value })}
          error={errors[field]}
        />
        {kind === 'legal' && !template && (
          <AgreementKindSelect value={agreementKind} onChange={(next) => change({ agreementKind: next })} error={errors['kind']} />
        )}
        {kind === 'plan' && <PurposeField value={purpose} onChange={(next) => change({ purpose: next })} error={errors['purpose']} />}
        {kind !== 'plan' && (
          <VenturePicker value={ventureId} onChange={(next) => change({ ventureId: next })} error={errors['ventureId']} />
        )}
        <FormError message={creating.error && !hasFieldError && toErrorMessage(creating.error)} />
        <FormActions submitLabel="Create" isBusy={creating.isPending} onCancel={onClose} />
      </Stack>
    </form>
  )
}

/** Creates a draft, a venture with its plan, or a space, and opens it. */
export function NewDocumentDialog({ opened, onClose, initialKind }: { opened: boolean; onClose: () => void; initialKind: DocumentKind }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Something new">
      <NewDocumentForm initialKind={initialKind} onClose={onClose} />
    </Modal>
  )
}
