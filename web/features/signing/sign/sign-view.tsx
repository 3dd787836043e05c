import '../signing.css'
import { Alert, Button, Group, Skeleton } from '@mantine/core'
import { ArrowDown } from 'lucide-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Envelope, EnvelopeParty } from '../../../lib/api-types.ts'
import { scrollToElement } from '../../../lib/scroll-to-element.ts'
import { LoadError } from '../../../ui/load-error.tsx'
import { LoadingText } from '../../../ui/loading.tsx'
import { EnvelopeText } from '../envelope-text.tsx'
import { partyRoleWords } from '../envelope-words.ts'
import { keepEnvelope, toEnvelopePath, useEnvelopeText, useSigningAccess } from '../signing-access.ts'
import { TextDownload } from '../text-download.tsx'
import { OtherChoices } from './other-choices.tsx'
import { useSignForm } from './sign-form.ts'
import { SignSection } from './sign-section.tsx'

/** Records that the party opened the document, when its text is on the screen. Returns a function to call then. */
function useViewRecord({ id }: Envelope, { viewedAt }: EnvelopeParty) {
  const access = useSigningAccess()
  const isRecorded = useRef(viewedAt !== null)
  return useCallback(() => {
    if (isRecorded.current) return
    isRecorded.current = true
    // signing does not depend on it, and reading it again records it
    void access.request<Envelope>('POST', `${toEnvelopePath(id)}/view`).then(keepEnvelope, () => {
      isRecorded.current = false
    })
  }, [access, id])
}

/** Moves the focus to the first field with an error. */
function focusFirstError(section: HTMLElement | null) {
  requestAnimationFrame(() => {
    const field = section?.querySelector<HTMLElement>('[aria-invalid="true"], [data-error] input, canvas')
    field?.focus({ preventScroll: true })
    scrollToElement(field ?? section)
  })
}

/** Whether a quarter of an element is inside the window. */
function useIsVisible(element: HTMLElement | null): boolean {
  const [isVisible, setIsVisible] = useState(false)
  useEffect(() => {
    if (!element) return
    const observer = new IntersectionObserver(([entry]) => setIsVisible(entry?.isIntersecting ?? false), { threshold: 0.25 })
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return isVisible
}

/** Reading and signing on one page: the text, the signature below it, and the action at the lower edge of the window. */
export function SignView({ envelope, party }: { envelope: Envelope; party: EnvelopeParty }) {
  const text = useEnvelopeText(envelope.id)
  const form = useSignForm(envelope, party, text.data)
  const onShown = useViewRecord(envelope, party)
  const [section, setSection] = useState<HTMLElement | null>(null)
  const isAtSignature = useIsVisible(section)
  const hasOtherText = text.data !== undefined && text.data.hash !== envelope.contentHash

  function act() {
    if (!isAtSignature) return scrollToElement(section)
    if (!form.submit()) focusFirstError(section)
  }
  if (text.error) return <LoadError query={text} />
  return (
    <>
      {hasOtherText && (
        <Alert color="red" title="This is not the text that was sent" mb="md">
          Load the page again before you sign.{' '}
          <Button size="compact-sm" variant="subtle" onClick={() => void text.refetch()}>
            Load it again
          </Button>
        </Alert>
      )}
      <article className="envelope-paper" aria-label={envelope.title}>
        {text.data ? <EnvelopeText text={text.data.text} onShown={onShown} /> : <LoadingText />}
      </article>
      <Group justify="flex-end" my="sm">
        <TextDownload envelope={envelope} />
      </Group>
      {text.data ? <SignSection ref={setSection} envelope={envelope} party={party} text={text.data} form={form} /> : <Skeleton h={200} />}
      <div className="sign-bar">
        <OtherChoices envelope={envelope} party={party} />
        <Button
          size="md"
          loading={form.sending.isPending}
          disabled={!text.data || hasOtherText}
          rightSection={isAtSignature ? undefined : <ArrowDown size={17} aria-hidden="true" />}
          onClick={act}
        >
          {isAtSignature ? partyRoleWords[party.role].action : 'Continue'}
        </Button>
      </div>
    </>
  )
}
