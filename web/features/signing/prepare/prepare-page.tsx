import './prepare.css'
import { Alert, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { queryClient, request } from '../../../lib/api-client.ts'
import type { Envelope } from '../../../lib/api-types.ts'
import { toErrorMessage, toFieldErrors } from '../../../lib/problem.ts'
import { refreshReview, useReadiness } from '../../review/review-queries.ts'
import { EnvelopeHeader } from '../envelope-header.tsx'
import { keepEnvelope, toEnvelopePath } from '../signing-access.ts'
import { AddParty } from './add-party.tsx'
import { useEnvelopeDraft } from './envelope-draft.ts'
import { EnvelopeSettings } from './envelope-settings.tsx'
import { addParty, listParties, listSigners } from './party-order.ts'
import { PartyOrderEditor } from './party-order-editor.tsx'
import { ReadinessList } from './readiness-list.tsx'
import { SendBar } from './send-bar.tsx'

/** Sends the envelope as it was saved. */
function useSending(envelope: Envelope, save: () => Promise<void>) {
  return useMutation({
    mutationFn: async () => {
      await save()
      return request<Envelope>('POST', `${toEnvelopePath(envelope.id)}/send`)
    },
    onSuccess(answer) {
      keepEnvelope(answer)
      void queryClient.invalidateQueries({ queryKey: ['document', `legal:${envelope.documentId}`] })
      window.scrollTo(0, 0)
    },
    onError: () => refreshReview(`legal:${envelope.documentId}`),
  })
}

/** An envelope that was not sent: its parties, their order and the settings. Each change is saved. */
export function PreparePage({ envelope }: { envelope: Envelope }) {
  const { draft, change, save, error, isUnsaved } = useEnvelopeDraft(envelope)
  const sending = useSending(envelope, save)
  const parties = listParties(draft.order)
  const asked = parties.filter(({ role }) => role !== 'copy').length
  const fieldErrors = toFieldErrors(error)
  const documentName = `legal:${envelope.documentId}`
  const readiness = useReadiness(documentName)
  const missing = listSigners(draft.order).length === 0 ? 'Add at least one signer.' : null
  return (
    <>
      <EnvelopeHeader envelope={envelope} />
      <div className="prepare">
        <section aria-labelledby="parties-title">
          <Title order={2} id="parties-title" fz="1.25rem" mb="sm">
            Who signs
          </Title>
          <PartyOrderEditor order={draft.order} onChange={(order) => change({ order })} />
          <AddParty documentName={documentName} parties={parties} onAdd={(party) => change({ order: addParty(draft.order, party) })} />
        </section>
        <section aria-labelledby="settings-title">
          <Title order={2} id="settings-title" fz="1.25rem" mb="sm">
            Settings
          </Title>
          <EnvelopeSettings draft={draft} fieldErrors={fieldErrors} onChange={change} />
        </section>
        <ReadinessList documentName={documentName} missing={missing} readiness={readiness.data} />
        {error !== null && !fieldErrors['deadline'] && <Alert color="red">Not saved: {toErrorMessage(error)}</Alert>}
        {sending.error && <Alert color="red">{toErrorMessage(sending.error)}</Alert>}
        {!envelope.isOwner && (
          <Alert color="gray">Only an owner of the document can send it. What you prepare here is kept for them.</Alert>
        )}
      </div>
      <SendBar
        envelope={envelope}
        asked={asked}
        canSend={envelope.isOwner && missing === null && readiness.data?.ready !== false}
        saveStatus={error !== null ? 'Not saved' : isUnsaved ? 'Saving…' : 'Saved'}
        // a refusal is shown on the page, with where to mend it
        onSend={() => sending.mutateAsync().catch(() => {})}
      />
    </>
  )
}
