import { Checkbox, Textarea, Title } from '@mantine/core'
import type { Ref } from 'react'
import type { Envelope, EnvelopeParty, EnvelopeText } from '../../../lib/api-types.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { FormError } from '../../../ui/form.tsx'
import { MarkField } from './mark-field.tsx'
import type { SignForm } from './sign-form.ts'

interface SignSectionProps {
  ref: Ref<HTMLElement>
  envelope: Envelope
  party: EnvelopeParty
  text: EnvelopeText
  form: SignForm
}

const titles = { signer: 'Your signature', witness: 'Your signature as witness', approver: 'Your approval', copy: 'Your copy' }

/** What a party fills in below the text: signature, address of a witness, consent. */
export function SignSection({ ref, envelope, party, text, form }: SignSectionProps) {
  const signer = envelope.parties.find(({ id }) => id === party.witnessOf)
  return (
    <section ref={ref} className="sign-section" aria-labelledby="sign-title">
      <Title order={2} id="sign-title" fz="1.35rem">
        {titles[party.role]}
      </Title>
      {form.isWitness && signer && (
        <p>
          You confirm that you saw <bdi>{signer.name}</bdi> sign this document.
        </p>
      )}
      {form.isApproval ? (
        <p>You approve this text as it is shown above. Others sign it after you.</p>
      ) : (
        <>
          <MarkField mark={form.mark} error={form.errors.mark ?? null} onChange={form.setMark} />
          {form.isWitness && (
            <Textarea
              size="md"
              label="Your postal address"
              autoComplete="street-address"
              autosize
              minRows={2}
              maxLength={500}
              value={form.postalAddress}
              error={form.errors.postalAddress}
              onChange={(event) => form.setPostalAddress(event.currentTarget.value)}
            />
          )}
          <Checkbox
            className="sign-consent"
            label={text.consent.text}
            checked={form.hasConsented}
            error={form.errors.consent}
            onChange={(event) => form.setHasConsented(event.currentTarget.checked)}
          />
        </>
      )}
      <FormError message={form.sending.error && toErrorMessage(form.sending.error)} />
    </section>
  )
}
