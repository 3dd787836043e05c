import '../signing.css'
import { useEffect, useMemo, useState } from 'react'
import { queryClient, type RequestOptions } from '../../../lib/api-client.ts'
import { Problem, sendRequest } from '../../../lib/problem.ts'
import { usePageTitle } from '../../../lib/page-title.ts'
import { LoadError } from '../../../ui/load-error.tsx'
import { LoadingPage } from '../../../ui/loading.tsx'
import { PublicPage } from '../../../ui/public-page.tsx'
import { EnvelopeView } from '../envelope-view.tsx'
import { type SigningAccess, SigningAccessContext, useEnvelope } from '../signing-access.ts'
import { CodeForm, type OpenedLink } from './code-form.tsx'

/** The access of a link: its token is kept in memory, and ends with the page. @param onEnd called when the server refuses the token */
function createLinkAccess(token: string, onEnd: () => void): SigningAccess {
  return {
    isLink: true,
    async request<Answer>(method: string, path: string, options: RequestOptions = {}) {
      try {
        return await sendRequest<Answer>(method, path, { ...options, token })
      } catch (error) {
        if (error instanceof Problem && error.status === 401) onEnd()
        throw error
      }
    },
  }
}

function OpenedEnvelope({ id }: { id: string }) {
  const envelope = useEnvelope(id)
  // the field of the code, which had the focus, is gone
  useEffect(() => document.getElementById('main')?.focus({ preventScroll: true }), [])
  usePageTitle(envelope.data?.title ?? 'Sign a document')
  if (envelope.isPending) return <LoadingPage />
  return envelope.data ? <EnvelopeView envelope={envelope.data} /> : <LoadError query={envelope} />
}

/** The page of a link from a mail, for parties without an account. The link's token is in the URL fragment, which no server sees. */
export function LinkPage() {
  usePageTitle('Sign a document')
  const [linkToken] = useState(() => location.hash.slice(1))
  const [opened, setOpened] = useState<OpenedLink | null>(null)
  const [hasEnded, setHasEnded] = useState(false)
  const access = useMemo(
    () =>
      opened &&
      createLinkAccess(opened.accessToken, () => {
        setHasEnded(true)
        setOpened(null)
      }),
    [opened],
  )
  function open(link: OpenedLink) {
    // what another person has read in this tab is not theirs
    queryClient.removeQueries({ queryKey: ['envelope'] })
    setHasEnded(false)
    setOpened(link)
  }
  return (
    <PublicPage>
      {access && opened ? (
        <SigningAccessContext value={access}>
          <OpenedEnvelope id={opened.envelopeId} />
        </SigningAccessContext>
      ) : (
        <CodeForm linkToken={linkToken} hasEnded={hasEnded} onOpen={open} />
      )}
    </PublicPage>
  )
}
