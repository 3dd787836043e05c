import { Badge, Button, Menu, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ChevronDown, FileSignature, Send, Workflow } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { request } from '../../lib/api-client.ts'
import type { Envelope, Page, StateMachineRecord } from '../../lib/api-types.ts'
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
          {canSend && (
            <Menu.Item leftSection={<Send size={16} aria-hidden="true" />} onClick={() => preparing.mutate()}>
              Send for signature
            </Menu.Item>
          )}
          {sent && (
            <Menu.Item component={Link} href={`/envelopes/${sent.id}`} leftSection={<FileSignature size={16} aria-hidden="true" />}>
              Signatures: {envelopeStateWords[sent.state].label.toLowerCase()}, {countActs(sent).done} of {countActs(sent).all}
            </Menu.Item>
          )}
          <Menu.Item component={Link} href={`/documents/${documentName}/state`} leftSection={<Workflow size={16} aria-hidden="true" />}>
            State and what comes next
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {canSend && (
        <Button
          className="send-button"
          variant="default"
          leftSection={<Send size={16} aria-hidden="true" />}
          loading={preparing.isPending}
          onClick={() => preparing.mutate()}
        >
          Send for signature
        </Button>
      )}
    </>
  )
}
