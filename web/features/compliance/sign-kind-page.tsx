import '../signing/signing.css'
import { Alert, Anchor, Button, Checkbox, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { createRandomKey, queryClient, request } from '../../lib/api-client.ts'
import type { Consent, Envelope, PublishedText, User } from '../../lib/api-types.ts'
import { Problem, toErrorMessage } from '../../lib/problem.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { useSession } from '../../lib/session.ts'
import { FormError } from '../../ui/form.tsx'
import { LoadError } from '../../ui/load-error.tsx'
import { LoadingPage } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { NotFoundPage } from '../../ui/status-page.tsx'
import { EnvelopeText } from '../signing/envelope-text.tsx'
import { isMarkComplete, type Mark } from '../signing/sign/mark.ts'
import { MarkField } from '../signing/sign/mark-field.tsx'
import { complianceKey } from './compliance-page.tsx'

interface KindProps {
  kind: string
  published: PublishedText
  consent: Consent
  user: User
}

/** The signature under a published text. The user signs a copy of their own. */
function KindSignature({ kind, published, consent, user }: KindProps) {
  const [mark, setMark] = useState<Mark>({ kind: 'typed', text: user.name })
  const [hasConsented, setHasConsented] = useState(false)
  const [showsErrors, setShowsErrors] = useState(false)
  const [idempotencyKey] = useState(createRandomKey)
  const [, navigate] = useLocation()
  const signing = useMutation({
    mutationFn: () =>
      request<Envelope>('POST', `/api/legal/kinds/${kind}/sign`, {
        idempotencyKey,
        body: { expectedHash: published.publication?.contentHash, consentVersion: consent.version, mark },
      }),
    onSuccess({ id }) {
      void queryClient.invalidateQueries({ queryKey: complianceKey })
      navigate(`/envelopes/${id}`)
    },
  })
  function sign() {
    setShowsErrors(true)
    if (isMarkComplete(mark) && hasConsented) signing.mutate()
  }
  return (
    <section className="sign-section" aria-labelledby="sign-title" style={{ marginTop: '1rem' }}>
      <Title order={2} id="sign-title" fz="1.35rem">
        Your signature
      </Title>
      <MarkField
        mark={mark}
        error={showsErrors && !isMarkComplete(mark) ? 'Type your name, or draw your signature.' : null}
        onChange={setMark}
      />
      <Checkbox
        className="sign-consent"
        label={consent.text}
        checked={hasConsented}
        error={showsErrors && !hasConsented && 'Tick the box to agree.'}
        onChange={(event) => setHasConsented(event.currentTarget.checked)}
      />
      <FormError message={signing.error && toErrorMessage(signing.error)} />
      <Button size="md" loading={signing.isPending} onClick={sign}>
        Sign
      </Button>
    </section>
  )
}

/** A text that SmartStart asks people to sign: read it and sign it. */
export function SignKindPage({ kind }: { kind: string }) {
  const { user } = useSession()
  const published = useQuery({
    queryKey: ['legal-kind', kind],
    queryFn: ({ signal }) => request<PublishedText>('GET', `/api/legal/kinds/${kind}`, { signal }),
    staleTime: 0,
  })
  const consent = useQuery({
    queryKey: ['consent'],
    queryFn: ({ signal }) => request<Consent>('GET', '/api/legal/consent', { signal }),
  })
  usePageTitle(published.data?.title ?? 'Document to sign')
  if (published.error instanceof Problem && [400, 404].includes(published.error.status)) return <NotFoundPage />
  if (published.isPending || consent.isPending) return <LoadingPage />
  return (
    <>
      <PageHeader />
      <main id="main" className="page envelope-page" tabIndex={-1}>
        <Anchor component={Link} href="/compliance" className="kind-back">
          <ArrowLeft size={16} aria-hidden="true" /> Documents to sign
        </Anchor>
        {published.data && consent.data && user ? (
          <>
            <Title order={1} fz="1.8rem" mb="md">
              {published.data.title}
            </Title>
            {published.data.publication && <Alert mb="md">Version {published.data.publication.version}</Alert>}
            <article className="envelope-paper" aria-label={published.data.title}>
              <EnvelopeText text={published.data.text} />
            </article>
            <KindSignature kind={kind} published={published.data} consent={consent.data} user={user} />
          </>
        ) : (
          <LoadError query={published.error ? published : consent} />
        )}
      </main>
    </>
  )
}
