import { Badge, Button, Menu, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ChevronDown, CopyPlus, FileSignature, Send, Workflow } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { request } from '../../lib/api-client.ts'
import type { Draft, Envelope, Page, StateMachineRecord } from '../../lib/api-types.ts'
import { toStateColor, toStateLabel } from '../../lib/machine-words.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'
import { countActs, envelopeStateWords } from './envelope-words.ts'
import { keepEnvelope } from './signing-access.ts'

/** The envelopes of a draft, newest first. */
function useDraftEnvelopes(documentId: string) {
  return useQuery({
    queryKey: ['envelopes', 'document', documentId],
    queryFn: ({ signal }) => request<Page<Envelope>>('GET', `/api/legal/envelopes?documentId=${documentId}&limit=10`, { signal }),
  })
}

/** Opens the envelope of a draft that was not sent yet, and prepares one where there is none. */
function usePrepare(documentId: string, envelopes: readonly Envelope[]) {
  const [, navigate] = useLocation()
  return useMutation({
    mutationFn: async () => {
      const prepared = envelopes.find(({ state }) => state === 'draft')
      return prepared ?? request<Envelope>('POST', '/api/legal/envelopes', { body: { documentId } })
    },
    onSuccess(envelope) {
      keepEnvelope(envelope)
      navigate(`/envelopes/${envelope.id}`)
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
}

/** Goes on from a document that was sent, in a new draft with the same text and members. */
function useContinuation(documentId: string) {
  const [, navigate] = useLocation()
  return useMutation({
    mutationFn: () => request<Draft>('POST', `/api/legal/documents/${documentId}/continue`, { body: {} }),
    onSuccess({ documentName }) {
      showToast('A new draft with this text. Comments and suggestions stay with the original.')
      navigate(`/documents/${documentName}`)
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
}

interface StateItemsProps {
  documentName: string
  /** The newest envelope that was sent. */
  sent: Envelope | undefined
  /** Absent where the user cannot send it. */
  onSend: (() => void) | undefined
  canContinue: boolean
}

/** What can be done with the draft: send it, see its signatures, go on in a new draft, see all states. */
function StateItems({ documentName, sent, onSend, canContinue }: StateItemsProps) {
  const continuing = useContinuation(documentName.split(':')[1] ?? '')
  return (
    <>
      {onSend && (
        <Menu.Item leftSection={<Send size={16} aria-hidden="true" />} onClick={onSend}>
          Send for signature
        </Menu.Item>
      )}
      {sent && (
        <Menu.Item component={Link} href={`/envelopes/${sent.id}`} leftSection={<FileSignature size={16} aria-hidden="true" />}>
          Signatures: {envelopeStateWords[sent.state].label.toLowerCase()}, {countActs(sent).done} of {countActs(sent).all}
        </Menu.Item>
      )}
      {canContinue && (
        <Menu.Item
          leftSection={<CopyPlus size={16} aria-hidden="true" />}
          disabled={continuing.isPending}
          onClick={() => continuing.mutate()}
        >
          Continue in a new draft
        </Menu.Item>
      )}
      <Menu.Item component={Link} href={`/documents/${documentName}/state`} leftSection={<Workflow size={16} aria-hidden="true" />}>
        State and what comes next
      </Menu.Item>
    </>
  )
}

interface DraftStateProps {
  documentName: string
  /** Whether the user owns the draft or can edit it. */
  canPrepare: boolean
}

/** The state of a draft, with its envelope and what comes next; and the button that sends it for signature. */
export function DraftState({ documentName, canPrepare }: DraftStateProps) {
  const id = documentName.split(':')[1] ?? ''
  const machine = useQuery({
    queryKey: ['state-machine', documentName, 'state'],
    queryFn: ({ signal }) => request<StateMachineRecord>('GET', `/api/state-machines/legalDocument/${id}/state`, { signal }),
  })
  const envelopes = useDraftEnvelopes(id).data?.items ?? []
  const preparing = usePrepare(id, envelopes)
  const sent = envelopes.find(({ state }) => state !== 'draft' && state !== 'superseded')
  const canSend = canPrepare && (!sent || sent.state === 'declined' || sent.state === 'voided')
  const send = () => preparing.mutate()
  if (!machine.data) return null
  const { state, meaning } = machine.data
  return (
    <>
      <Menu position="bottom-start" width={270} radius="md" returnFocus>
        <Menu.Target>
          <UnstyledButton className="document-badge draft-state" aria-label={`State: ${toStateLabel(state)}`}>
            <Badge color={toStateColor(state)} variant="light" rightSection={<ChevronDown size={13} aria-hidden="true" />}>
              {toStateLabel(state)}
            </Badge>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Text size="sm" px="sm" py="xs">
            {meaning}
          </Text>
          <Menu.Divider />
          <StateItems
            documentName={documentName}
            sent={sent}
            onSend={canSend ? send : undefined}
            canContinue={canPrepare && sent !== undefined}
          />
        </Menu.Dropdown>
      </Menu>
      {canSend && (
        <Button
          className="send-button"
          variant="default"
          leftSection={<Send size={16} aria-hidden="true" />}
          loading={preparing.isPending}
          onClick={send}
        >
          Send for signature
        </Button>
      )}
    </>
  )
}
