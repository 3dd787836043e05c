import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { createRandomKey } from '../../../lib/api-client.ts'
import type { Envelope, EnvelopeParty, EnvelopeText } from '../../../lib/api-types.ts'
import { keepEnvelope, refreshEnvelope, toEnvelopePath, useSigningAccess } from '../signing-access.ts'
import { isMarkComplete, type Mark } from './mark.ts'

export type SignFieldErrors = Partial<Record<'mark' | 'consent' | 'postalAddress', string>>

/** What a party fills in, and sending it. */
export function useSignForm(envelope: Envelope, party: EnvelopeParty, text: EnvelopeText | undefined) {
  const access = useSigningAccess()
  const [mark, setMark] = useState<Mark>({ kind: 'typed', text: party.name })
  const [hasConsented, setHasConsented] = useState(false)
  const [postalAddress, setPostalAddress] = useState('')
  const [showsErrors, setShowsErrors] = useState(false)
  // The same key for a repeated press: a signature is given once, also when its response was lost.
  const [idempotencyKey] = useState(createRandomKey)

  const isApproval = party.role === 'approver'
  const isWitness = party.role === 'witness'
  const missing: SignFieldErrors = {
    ...(!isApproval &&
      !isMarkComplete(mark) && { mark: mark.kind === 'typed' ? 'Type your name.' : 'Draw your signature, or type your name.' }),
    ...(isWitness && postalAddress.trim().length < 5 && { postalAddress: 'A witness gives their postal address.' }),
    ...(!isApproval && !hasConsented && { consent: 'Tick the box to agree.' }),
  }
  const sending = useMutation({
    mutationFn: () =>
      access.request<Envelope>('POST', `${toEnvelopePath(envelope.id)}/${isApproval ? 'approve' : 'sign'}`, {
        idempotencyKey,
        body: isApproval
          ? { expectedHash: text?.hash }
          : {
              expectedHash: text?.hash,
              consentVersion: text?.consent.version,
              mark: mark.kind === 'typed' ? { kind: 'typed', text: mark.text.trim() } : mark,
              ...(isWitness && { postalAddress: postalAddress.trim() }),
            },
      }),
    onSuccess: keepEnvelope,
    // out of turn, ended, or another text: show the envelope as it is now
    onError: () => refreshEnvelope(envelope.id),
  })
  /** @returns whether it was sent */
  function submit(): boolean {
    setShowsErrors(true)
    if (Object.keys(missing).length > 0 || !text) return false
    sending.mutate()
    return true
  }
  const fields = { mark, setMark, hasConsented, setHasConsented, postalAddress, setPostalAddress }
  return { ...fields, errors: showsErrors ? missing : ({} as SignFieldErrors), submit, sending, isApproval, isWitness }
}
export type SignForm = ReturnType<typeof useSignForm>
