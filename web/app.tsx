import { MantineProvider } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useRef } from 'react'
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { queries } from './client.ts'
import { deleteCopies, unsentDocuments } from './copies.ts'
import { Documents } from './documents.tsx'
import { Enter } from './enter.tsx'
import { Fault } from './fault.tsx'
import { Inbox } from './inbox.tsx'
import { Lost, Waiting } from './lost.tsx'
import { PreferencesPage } from './preferences.tsx'
import { useSession } from './session.ts'
import { Told } from './told.tsx'
import { colorSchemes, theme, variables } from './theme.ts'

/** The editor is most of the code and no part of the first page. */
const loadEditor = () => import('./editor.tsx')
const Editor = lazy(() => loadEditor().then(({ EditorPage }) => ({ default: EditorPage })))

const Conversations = lazy(() => import('./conversations.tsx').then(({ ConversationsPage }) => ({ default: ConversationsPage })))

/** Pages for those who are signed in; others sign in first, and come back to where they wanted to go. */
function Inside({ children }: { children: ReactNode }) {
  const { user, end } = useSession()
  const [path] = useLocation()
  const search = useSearch()
  if (user) return children
  const wanted = search ? `${path}?${search}` : path
  return <Redirect to={wanted === '/' || end === 'left' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(wanted)}`} replace />
}

/** What begins and ends with a session: what was not sent, what was read, the copies in this browser. */
function useSessionTraces() {
  const userId = useSession().user?.id ?? null
  const before = useRef<string | null>(null)
  useEffect(() => {
    if (before.current && before.current !== userId) {
      queries.clear()
      void deleteCopies(before.current, { keepUnsent: true })
    }
    before.current = userId
    if (!userId) return
    if (unsentDocuments(userId).length > 0) void import('./desk.ts').then(({ sendUnsent }) => sendUnsent(userId)).catch(() => {})
    // Fetched while there is a connection, so that documents open without one, too.
    const idle = setTimeout(() => void loadEditor().catch(() => {}), 1500)
    return () => clearTimeout(idle)
  }, [userId])
}

const Outbox = lazy(() => import('./outbox.tsx').then((page) => ({ default: page.Outbox })))
const Deliveries = lazy(() => import('./deliveries.tsx').then((page) => ({ default: page.Deliveries })))
const Webhooks = lazy(() => import('./webhooks.tsx').then((page) => ({ default: page.Webhooks })))

function Pages() {
  useSessionTraces()
  return (
    <Switch>
      <Route path="/sign-in">
        <Enter />
      </Route>
      <Route path="/sign-up">
        <Enter fresh />
      </Route>
      <Route path="/">
        <Inside>
          <Documents />
        </Inside>
      </Route>
      <Route path="/inbox">
        <Inside>
          <Inbox />
        </Inside>
      </Route>
      <Route path="/inbox/preferences">
        <Inside>
          <PreferencesPage />
        </Inside>
      </Route>
      <Route path="/documents/:documentName">
        {({ documentName }) => (
          <Inside>
            <Suspense fallback={<Waiting />}>
              <Editor key={documentName} documentName={decodeURIComponent(documentName)} />
            </Suspense>
          </Inside>
        )}
      </Route>
      <Route path="/conversations/:conversationId?">
        {({ conversationId }) => (
          <Inside>
            <Suspense fallback={<Waiting />}>
              <Conversations conversationId={conversationId ?? null} />
            </Suspense>
          </Inside>
        )}
      </Route>
      {[
        { path: '/outbox', Page: Outbox },
        { path: '/deliveries', Page: Deliveries },
        { path: '/webhooks', Page: Webhooks },
      ].map(({ path, Page }) => (
        <Route key={path} path={path}>
          <Inside>
            <Suspense fallback={<Waiting />}>
              <Page />
            </Suspense>
          </Inside>
        </Route>
      ))}
      <Route>
        <Lost />
      </Route>
    </Switch>
  )
}

/** The workspace. */
export function App() {
  const wide = useMediaQuery('(min-width: 48em)', true)
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} colorSchemeManager={colorSchemes} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Notifications position={wide ? 'top-right' : 'top-center'} containerWidth={wide ? 248 : 300} limit={2} autoClose={3500} />
        <Fault>
          <Pages />
          <Told />
        </Fault>
      </QueryClientProvider>
    </MantineProvider>
  )
}
