import { MantineProvider } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { queryClient } from '../lib/api-client.ts'
import { Routes } from './routes.tsx'
import { ErrorBoundary } from '../ui/error-boundary.tsx'
import { keepFocus } from '../lib/focus-keeper.ts'
import { HeaderNavigation } from '../ui/page-header.tsx'
import { NotificationListener } from '../features/inbox/notification-listener.tsx'
import { navigation } from './navigation.tsx'
import { colorSchemes, theme, cssVariables } from './theme.ts'

/** The root component of the workspace: theme, query client, routes, notifications. */
export function App() {
  const isWide = useMediaQuery('(min-width: 48em)', true)
  useEffect(keepFocus, [])
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={colorSchemes} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Notifications position={isWide ? 'top-right' : 'top-center'} containerWidth={isWide ? 248 : 300} limit={3} autoClose={3500} />
        <ErrorBoundary>
          <HeaderNavigation value={navigation}>
            <Routes />
          </HeaderNavigation>
          <NotificationListener />
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  )
}
