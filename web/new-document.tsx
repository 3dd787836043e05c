import { Alert, Button, Group, Modal, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { ask, freshKey, queries } from './client.ts'
import { agreementKinds, type Created, type Kind, type Template, type Venture } from './contract.ts'
import { KindSign, kindOrder, kinds } from './kind.tsx'
import { explain, Problem } from './problem.ts'
import { TemplateChoice } from './template-choice.tsx'
import { VentureChoice } from './venture-choice.tsx'

interface Wish {
  path: string
  body: Record<string, string>
}

/** Asks for the thing, and answers with the name of its document. */
async function create({ path, body, key }: Wish & { key: string }): Promise<string> {
  const answer = await ask<Created & Venture>('POST', path, { body, idempotencyKey: key })
  return answer.documentName ?? answer.planDocumentName
}

/** What the server calls the name of each kind of thing. */
const nameLabels: Record<Kind, { field: string; label: string; placeholder: string }> = {
  legal: { field: 'title', label: 'Title', placeholder: "Founders' agreement" },
  plan: { field: 'name', label: 'Name of the venture', placeholder: 'Lanternfish' },
  space: { field: 'name', label: 'Name', placeholder: 'Weekly notes' },
}

function NewForm({ first, onClose }: { first: Kind; onClose: () => void }) {
  const [, navigate] = useLocation()
  const [kind, setKind] = useState<Kind>(first)
  const [name, setName] = useState('')
  const [template, setTemplate] = useState<Template | null>(null)
  const [agreement, setAgreement] = useState('agreement')
  const [purpose, setPurpose] = useState('')
  const [ventureId, setVentureId] = useState('')
  const lastAsked = useRef({ text: '', key: '' })

  const creating = useMutation({
    mutationFn: create,
    onSuccess: (documentName) => {
      void queries.invalidateQueries({ queryKey: ['documents'] })
      void queries.invalidateQueries({ queryKey: ['ventures'] })
      onClose()
      navigate(`/documents/${documentName}`)
    },
  })
  const { field, label, placeholder } = nameLabels[kind]
  const fields = creating.error instanceof Problem ? creating.error.fields : {}
  const misplaced = creating.error && ![field, 'kind', 'purpose', 'ventureId', 'templateId'].some((each) => each in fields)

  function wish(): Wish {
    const inVenture: Record<string, string> = ventureId ? { ventureId } : {}
    if (kind === 'legal') {
      const beginning: Record<string, string> = template ? { templateId: template.id } : { kind: agreement }
      return { path: '/api/legal/documents', body: { title: name.trim(), ...beginning, ...inVenture } }
    }
    if (kind === 'space') return { path: '/api/spaces', body: { name: name.trim(), ...inVenture } }
    return { path: '/api/ventures', body: { name: name.trim(), ...(purpose.trim() ? { purpose: purpose.trim() } : {}) } }
  }
  /** A title that nobody typed goes with the template. */
  function begin(next: Template | null) {
    if (name.trim() === '' || name === template?.title) setName(next?.title ?? '')
    setTemplate(next)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // The same wish keeps its key: asking again after a lost answer makes no second document.
    const text = JSON.stringify(wish())
    if (lastAsked.current.text !== text) lastAsked.current = { text, key: freshKey() }
    creating.mutate({ ...wish(), key: lastAsked.current.key })
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group
          aria-label="What to make"
          value={kind}
          onChange={(value) => {
            setKind(value as Kind)
            creating.reset()
          }}
        >
          <div className="choices">
            {kindOrder.map((each) => (
              <Radio.Card key={each} value={each} className="choice" aria-label={kinds[each].one}>
                <KindSign kind={each} size={32} />
                <span>{kinds[each].one}</span>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
        <Text size="sm" c="dimmed" mt={-4}>
          {kinds[kind].purpose}
        </Text>
        {kind === 'legal' && <TemplateChoice value={template?.id ?? ''} onChange={begin} error={fields['templateId']} />}
        <TextInput
          label={label}
          placeholder={placeholder}
          required
          maxLength={kinds[kind].longest}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields[field]}
        />
        {kind === 'legal' && !template && (
          <NativeSelect
            label="Kind of agreement"
            value={agreement}
            onChange={(event) => setAgreement(event.currentTarget.value)}
            error={fields['kind']}
            data={Object.entries(agreementKinds).map(([value, words]) => ({ value, label: words }))}
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
        {kind !== 'plan' && <VentureChoice value={ventureId} onChange={setVentureId} error={fields['ventureId']} />}
        <div role="alert">{misplaced && <Alert color="red">{explain(creating.error)}</Alert>}</div>
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

/** The dialog that makes a draft, a venture with its plan, or a space, and opens it. */
export function NewDocument({ opened, onClose, first }: { opened: boolean; onClose: () => void; first: Kind }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Something new">
      <NewForm first={first} onClose={onClose} />
    </Modal>
  )
}
