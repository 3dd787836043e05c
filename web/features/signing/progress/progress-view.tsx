import '../signing.css'
import { Alert, Anchor, Button, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { CircleCheckBig } from 'lucide-react'
import { Link } from 'wouter'
import { request } from '../../../lib/api-client.ts'
import type { Envelope, Page } from '../../../lib/api-types.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { LoadingText } from '../../../ui/loading.tsx'
import { EnvelopeText } from '../envelope-text.tsx'
import { countActs, explainNoTurn, findOwnParty, hasActed, partyRoleWords } from '../envelope-words.ts'
import { useEnvelopeText, useSigningAccess } from '../signing-access.ts'
import { TextDownload } from '../text-download.tsx'
import { EnvelopeFiles } from './envelope-files.tsx'
import { OwnerActions, RemindButton } from './owner-actions.tsx'
import { PartyList } from './party-list.tsx'

/** What the reader's own part was, or why they cannot act. */
function OwnStatus({ envelope }: { envelope: Envelope }) {
  const party = findOwnParty(envelope)
  if (!party) return null
  if (hasActed(party))
    return (
      <Alert color="pine" icon={<CircleCheckBig size={22} aria-hidden="true" />} title={`${partyRoleWords[party.role].done}. Thank you.`}>
        {envelope.state === 'completed'
          ? 'Everybody has signed. The signed document is yours to keep.'
          : envelope.state === 'sent'
            ? 'You get the signed document when everybody has signed.'
            : 'This version of the document ended before it was complete. Your signature stays recorded for this version only.'}
      </Alert>
    )
  const words = explainNoTurn(envelope, party)
  return words && <Alert color="gray">{words}</Alert>
}

function Ending({ envelope }: { envelope: Envelope }) {
  const { state, endReason } = envelope
  if (!endReason || (state !== 'declined' && state !== 'voided')) return null
  return (
    <Alert color="red" title={state === 'declined' ? 'Why it was declined' : 'Why it was voided'}>
      <span dir="auto">{endReason}</span>
    </Alert>
  )
}

/** The envelope that this one replaces, and the one that replaces it. What was signed counts for its own version only. */
function OtherVersions({ envelope: { id, documentId, state, supersedes } }: { envelope: Envelope }) {
  const { isLink } = useSigningAccess()
  const versions = useQuery({
    queryKey: ['envelopes', 'document', documentId],
    queryFn: ({ signal }) => request<Page<Envelope>>('GET', `/api/legal/envelopes?documentId=${documentId}&limit=10`, { signal }),
    enabled: !isLink && state === 'superseded',
  })
  const next = versions.data?.items.find((other) => other.supersedes === id)
  return (
    <>
      {next && (
        <Text size="sm">
          <Anchor component={Link} href={`/envelopes/${next.id}`}>
            Open the version that replaced it
          </Anchor>
        </Text>
      )}
      {supersedes && !isLink && (
        <Text size="sm" c="dimmed">
          It replaces{' '}
          <Anchor component={Link} href={`/envelopes/${supersedes}`}>
            an earlier version
          </Anchor>
          . Signatures of that version stay with it and do not count here.
        </Text>
      )}
    </>
  )
}

/** The text, when the reader asks for it. */
function ReadText({ envelope }: { envelope: Envelope }) {
  const [isOpen, { toggle }] = useDisclosure(false)
  const text = useEnvelopeText(envelope.id, isOpen)
  return (
    <section aria-label="The text">
      <Button variant="default" aria-expanded={isOpen} onClick={toggle}>
        {isOpen ? 'Hide the text' : 'Show the text'}
      </Button>
      {isOpen &&
        (text.error ? (
          <Alert color="gray" mt="md">
            {toErrorMessage(text.error)}
          </Alert>
        ) : (
          <>
            <article className="envelope-paper" aria-label={envelope.title}>
              {text.data ? <EnvelopeText text={text.data.text} /> : <LoadingText />}
            </article>
            {text.data && <TextDownload envelope={envelope} />}
          </>
        ))}
    </section>
  )
}

/** Who has signed and who has not, what the owner can do, and the files at the end. */
export function ProgressView({ envelope }: { envelope: Envelope }) {
  const { isLink } = useSigningAccess()
  const { done, all } = countActs(envelope)
  return (
    <div className="envelope-progress">
      <OwnStatus envelope={envelope} />
      <Ending envelope={envelope} />
      <EnvelopeFiles envelope={envelope} />
      <section aria-labelledby="parties-title">
        <div className="envelope-section-header">
          <Title order={2} id="parties-title" fz="1.25rem">
            Parties
          </Title>
          <span role="status">
            {done} of {all} done
          </span>
        </div>
        <progress className="envelope-meter" aria-label="Progress" value={done} max={Math.max(1, all)} />
        <PartyList
          envelope={envelope}
          {...(envelope.isOwner && { renderActions: (party) => <RemindButton envelope={envelope} party={party} /> })}
        />
      </section>
      {envelope.isOwner && <OwnerActions envelope={envelope} />}
      <OtherVersions envelope={envelope} />
      <ReadText envelope={envelope} />
      {!isLink && (
        <Text size="sm">
          <Anchor component={Link} href={`/documents/legal:${envelope.documentId}`}>
            Open the document
          </Anchor>
        </Text>
      )}
    </div>
  )
}
