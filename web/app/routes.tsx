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

/** Pages for everybody: no sign-in. */
const publicPages = [
  { path: '/sign-in', page: <SignInPage /> },
  { path: '/sign-up', page: <SignInPage isNewAccount /> },
  { path: '/forgot-password', page: <ForgotPasswordPage /> },
  { path: '/reset-password', page: <ResetPasswordPage /> },
  { path: '/sign', page: <LinkPage /> },
  { path: '/verify', page: <VerifyPage /> },
]

/** The pages of signed-in users whose URL has parameters. */
const pagesOfSubjects: { path: string; render: (parameters: Record<string, string | undefined>) => ReactNode }[] = [
  {
    path: '/documents/:documentName',
    render: ({ documentName = '' }) => <Editor key={documentName} documentName={decodeURIComponent(documentName)} />,
  },
  {
    path: '/documents/:documentName/state',
    render: ({ documentName = '' }) => <StatePage documentName={decodeURIComponent(documentName)} />,
  },
  { path: '/compliance/:kind', render: ({ kind = '' }) => <SignKind key={kind} kind={kind} /> },
  { path: '/envelopes/:id', render: ({ id = '' }) => <EnvelopePage key={id} id={id} /> },
  { path: '/conversations/:conversationId?', render: ({ conversationId }) => <Conversations conversationId={conversationId ?? null} /> },
]

/** Maps each URL to its page. */
export function Routes() {
  useSessionCleanup()
  return (
    <Switch>
      {publicPages.map(({ path, page }) => (
        <Route key={path} path={path}>
          <Suspense fallback={<LoadingPage />}>{page}</Suspense>
        </Route>
      ))}
      {signedInPages.map(({ path, Page }) => (
        <Route key={path} path={path}>
          <SignedInOnly>
            <Page />
          </SignedInOnly>
        </Route>
      ))}
      {pagesOfSubjects.map(({ path, render }) => (
        <Route key={path} path={path}>
          {(parameters: Record<string, string | undefined>) => <SignedInOnly>{render(parameters)}</SignedInOnly>}
        </Route>
      ))}
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  )
}
