import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { queryClient } from '../lib/api-client.ts'
import { deleteStoredDocuments, listUnsentDocuments } from '../lib/collab/offline-store.ts'
import { DocumentsPage } from '../features/documents/documents-page.tsx'
import { SignInPage } from '../features/auth/sign-in-page.tsx'
import { InboxPage } from '../features/inbox/inbox-page.tsx'
import { LoadingPage } from '../ui/loading.tsx'
import { NotFoundPage } from '../ui/status-page.tsx'
import { PreferencesPage } from '../features/inbox/preferences-page.tsx'
import { ForgotPasswordPage, ResetPasswordPage } from '../features/auth/reset-password-page.tsx'
import { useSession } from '../lib/session.ts'

/** Loaded on demand: the editor is most of the code, and the first page does not need it. */
const loadEditor = () => import('../features/editor/editor-page.tsx')
const Editor = lazy(() => loadEditor().then(({ EditorPage }) => ({ default: EditorPage })))

const Conversations = lazy(() =>
  import('../features/messaging/conversations-page.tsx').then(({ ConversationsPage }) => ({ default: ConversationsPage })),
)
const Outbox = lazy(() => import('../features/admin/outbox-page.tsx').then((page) => ({ default: page.OutboxPage })))
const Deliveries = lazy(() => import('../features/deliveries/deliveries-page.tsx').then((page) => ({ default: page.DeliveriesPage })))
const People = lazy(() => import('../features/admin/people-page.tsx').then((page) => ({ default: page.PeoplePage })))
const Envelopes = lazy(() => import('../features/signing/envelopes-page.tsx').then((page) => ({ default: page.EnvelopesPage })))
const EnvelopePage = lazy(() => import('../features/signing/envelope-page.tsx').then((page) => ({ default: page.EnvelopePage })))
const LinkPage = lazy(() => import('../features/signing/link/link-page.tsx').then((page) => ({ default: page.LinkPage })))
const VerifyPage = lazy(() => import('../features/verification/verify-page.tsx').then((page) => ({ default: page.VerifyPage })))
const StatePage = lazy(() => import('../features/state-machines/state-page.tsx').then((page) => ({ default: page.StatePage })))
const Compliance = lazy(() => import('../features/compliance/compliance-page.tsx').then((page) => ({ default: page.CompliancePage })))
const SignKind = lazy(() => import('../features/compliance/sign-kind-page.tsx').then((page) => ({ default: page.SignKindPage })))
const Webhooks = lazy(() => import('../features/webhooks/webhooks-page.tsx').then((page) => ({ default: page.WebhooksPage })))

/** The pages of signed-in users whose URL has no parameter. */
const signedInPages = [
  { path: '/', Page: DocumentsPage },
  { path: '/inbox', Page: InboxPage },
  { path: '/inbox/preferences', Page: PreferencesPage },
  { path: '/envelopes', Page: Envelopes },
  { path: '/compliance', Page: Compliance },
  { path: '/people', Page: People },
  { path: '/outbox', Page: Outbox },
  { path: '/deliveries', Page: Deliveries },
  { path: '/webhooks', Page: Webhooks },
]

/** Shows its children to signed-in users. Others sign in first and return to the page they asked for. */
function SignedInOnly({ children }: { children: ReactNode }) {
  const { user, endReason } = useSession()
  const [path] = useLocation()
  const search = useSearch()
  if (user) return <Suspense fallback={<LoadingPage />}>{children}</Suspense>
  const target = search ? `${path}?${search}` : path
  return <Redirect to={target === '/' || endReason === 'signed-out' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(target)}`} replace />
}

/** Runs when a user signs in or out: sends unsent edits, and clears cached queries and stored documents. */
function useSessionCleanup() {
  const userId = useSession().user?.id ?? null
  const previousUserId = useRef<string | null>(null)
  useEffect(() => {
    if (previousUserId.current && previousUserId.current !== userId) {
      queryClient.clear()
      void deleteStoredDocuments(previousUserId.current, { keepUnsent: true })
    }
    previousUserId.current = userId
    if (!userId) return
    if (listUnsentDocuments(userId).length > 0)
      void import('../lib/collab/open-documents.ts').then(({ sendUnsentEdits }) => sendUnsentEdits(userId)).catch(() => {})
    // Prefetched while online, so that documents also open offline.
    const timer = setTimeout(() => void loadEditor().catch(() => {}), 1500)
    return () => clearTimeout(timer)
  }, [userId])
}

/** Maps each URL to its page. */
export function Routes() {
  useSessionCleanup()
  return (
    <Switch>
      <Route path="/sign-in">
        <SignInPage />
      </Route>
      <Route path="/sign-up">
        <SignInPage isNewAccount />
      </Route>
      <Route path="/forgot-password">
        <ForgotPasswordPage />
      </Route>
      <Route path="/reset-password">
        <ResetPasswordPage />
      </Route>
      {/* for people without an account: no sign-in */}
      <Route path="/sign">
        <Suspense fallback={<LoadingPage />}>
          <LinkPage />
        </Suspense>
      </Route>
      <Route path="/verify">
        <Suspense fallback={<LoadingPage />}>
          <VerifyPage />
        </Suspense>
      </Route>
      {signedInPages.map(({ path, Page }) => (
        <Route key={path} path={path}>
          <SignedInOnly>
            <Page />
          </SignedInOnly>
        </Route>
      ))}
      <Route path="/documents/:documentName">
        {({ documentName }) => (
          <SignedInOnly>
            <Editor key={documentName} documentName={decodeURIComponent(documentName)} />
          </SignedInOnly>
        )}
      </Route>
      <Route path="/documents/:documentName/state">
        {({ documentName }) => (
          <SignedInOnly>
            <StatePage documentName={decodeURIComponent(documentName)} />
          </SignedInOnly>
        )}
      </Route>
      <Route path="/compliance/:kind">
        {({ kind }) => (
          <SignedInOnly>
            <SignKind key={kind} kind={kind} />
          </SignedInOnly>
        )}
      </Route>
      <Route path="/envelopes/:id">
        {({ id }) => (
          <SignedInOnly>
            <EnvelopePage key={id} id={id} />
          </SignedInOnly>
        )}
      </Route>
      <Route path="/conversations/:conversationId?">
        {({ conversationId }) => (
          <SignedInOnly>
            <Conversations conversationId={conversationId ?? null} />
          </SignedInOnly>
        )}
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  )
}
