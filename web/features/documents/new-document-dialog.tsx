import { Alert, Button, Group, Modal, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import { agreementKinds, type Created, type DocumentKind, type Template, type Venture } from '../../lib/api-types.ts'
import { DocumentKindIcon, documentKindOrder, documentKinds } from '../../ui/document-kind.tsx'
import { toErrorMessage, Problem } from '../../lib/problem.ts'
import { TemplatePicker } from '../legal/template-picker.tsx'
import { VenturePicker } from '../ventures/venture-picker.tsx'

interface CreateRequest {
  path: string
  body: Record<string, string>
}

/** Creates the resource. Returns the name of its live document. */
async function createDocument({ path, body, key }: CreateRequest & { key: string }): Promise<string> {
  const answer = await request<Created & Venture>('POST', path, { body, idempotencyKey: key })
  return answer.documentName ?? answer.planDocumentName
}

/** The field that holds the name of each kind of resource. */
const nameLabels: Record<DocumentKind, { field: string; label: string; placeholder: string }> = {
  legal: { field: 'title', label: 'Title', placeholder: "Founders' agreement" },
  plan: { field: 'name', label: 'Name of the venture', placeholder: 'Lanternfish' },
  space: { field: 'name', label: 'Name', placeholder: 'Weekly notes' },
}

function NewDocumentForm({ initialKind, onClose }: { initialKind: DocumentKind; onClose: () => void }) {
  const [, navigate] = useLocation()
  const [kind, setKind] = useState<DocumentKind>(initialKind)
  const [name, setName] = useState('')
  const [template, setTemplate] = useState<Template | null>(null)
  const [agreementKind, setAgreementKind] = useState('agreement')
  const [purpose, setPurpose] = useState('')
  const [ventureId, setVentureId] = useState('')
  const lastRequest = useRef({ text: '', key: '' })

  const creating = useMutation({
    mutationFn: createDocument,
    onSuccess: (documentName) => {
      void queryClient.invalidateQueries({ queryKey: ['documents'] })
      void queryClient.invalidateQueries({ queryKey: ['ventures'] })
      onClose()
      navigate(`/documents/${documentName}`)
    },
  })
  const { field, label, placeholder } = nameLabels[kind]
  const fields = creating.error instanceof Problem ? creating.error.fields : {}
  const hasOtherError =
    creating.error && ![field, 'kind', 'purpose', 'ventureId', 'templateId'].some((documentKind) => documentKind in fields)

  function toCreateRequest(): CreateRequest {
    const inVenture: Record<string, string> = ventureId ? { ventureId } : {}
    if (kind === 'legal') {
      const content: Record<string, string> = template ? { templateId: template.id } : { kind: agreementKind }
      return { path: '/api/legal/documents', body: { title: name.trim(), ...content, ...inVenture } }
    }
    if (kind === 'space') return { path: '/api/spaces', body: { name: name.trim(), ...inVenture } }
    return { path: '/api/ventures', body: { name: name.trim(), ...(purpose.trim() ? { purpose: purpose.trim() } : {}) } }
  }
  /** Uses the template's title unless the user typed another one. */
  function chooseTemplate(next: Template | null) {
    if (name.trim() === '' || name === template?.title) setName(next?.title ?? '')
    setTemplate(next)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // An unchanged request keeps its idempotency key: a retry after a lost response creates no second document.
    const text = JSON.stringify(toCreateRequest())
    if (lastRequest.current.text !== text) lastRequest.current = { text, key: createRandomKey() }
    creating.mutate({ ...toCreateRequest(), key: lastRequest.current.key })
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group
          aria-label="What to make"
          value={kind}
          onChange={(value) => {
            setKind(value as DocumentKind)
            creating.reset()
          }}
        >
          <div className="kind-options">
            {documentKindOrder.map((documentKind) => (
              <Radio.Card key={documentKind} value={documentKind} className="kind-option" aria-label={documentKinds[documentKind].singular}>
                <DocumentKindIcon kind={documentKind} size={32} />
                <span>{documentKinds[documentKind].singular}</span>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
        <Text size="sm" c="dimmed" mt={-4}>
          {documentKinds[kind].purpose}
        </Text>
        {kind === 'legal' && <TemplatePicker value={template?.id ?? ''} onChange={chooseTemplate} error={fields['templateId']} />}
        <TextInput
          label={label}
          placeholder={placeholder}
          required
          maxLength={documentKinds[kind].maxLength}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields[field]}
        />
        {kind === 'legal' && !template && (
          <NativeSelect
            label="Kind of agreement"
            value={agreementKind}
            onChange={(event) => setAgreementKind(event.currentTarget.value)}
            error={fields['kind']}
            data={Object.entries(agreementKinds).map(([value, text]) => ({ value, label: text }))}
          />
        )}
        {kind === 'plan' && (
          <Textarea
            label="Purpose"
            description="In a sentence: what it is for."
            autosize
            minRows={2}
            maxRows={5}
            maxLength={500}
            value={purpose}
            onChange={(event) => setPurpose(event.currentTarget.value)}
            error={fields['purpose']}
          />
        )}
        {kind !== 'plan' && <VenturePicker value={ventureId} onChange={setVentureId} error={fields['ventureId']} />}
        <div role="alert">{hasOtherError && <Alert color="red">{toErrorMessage(creating.error)}</Alert>}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creating.isPending}>
            Create
          </Button>
        </Group>
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
