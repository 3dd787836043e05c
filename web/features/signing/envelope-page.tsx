import './signing.css'
import { Problem } from '../../lib/problem.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { useSubscription } from '../../lib/event-stream.ts'
import { LoadError } from '../../ui/load-error.tsx'
import { LoadingPage } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { NotFoundPage } from '../../ui/status-page.tsx'
import { EnvelopeView } from './envelope-view.tsx'
import { PreparePage } from './prepare/prepare-page.tsx'
import { useEnvelope } from './signing-access.ts'

/** An envelope for people with an account: prepare it, sign it, or see how it goes. */
export function EnvelopePage({ id }: { id: string }) {
  const envelope = useEnvelope(id)
  useSubscription(`envelope:${id}`)
  usePageTitle(envelope.data?.title ?? 'Envelope')
  if (envelope.error instanceof Problem && [400, 404].includes(envelope.error.status)) return <NotFoundPage />
  if (envelope.isPending) return <LoadingPage />
  return (
    <>
      <PageHeader />
      <main id="main" className="page envelope-page" tabIndex={-1}>
        {!envelope.data ? (
          <LoadError query={envelope} />
        ) : envelope.data.state === 'draft' ? (
          <PreparePage envelope={envelope.data} />
        ) : (
          <EnvelopeView envelope={envelope.data} />
        )}
      </main>
    </>
  )
}
