import { Anchor, Text } from '@mantine/core'
import { Link, Redirect, useSearchParams } from 'wouter'
import { AuthLayout } from './auth-layout.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { useSession } from '../../lib/session.ts'

/** Returns the path to open after sign-in. Only paths of this workspace are allowed, because anybody can write the `to` parameter. */
function toSafePath(to: string | null): string {
  return to?.startsWith('/') && !to.startsWith('//') && !to.includes('\\') ? to : '/'
}

const labels = {
  signIn: { title: 'Welcome back', subtitle: 'Sign in to your drafts, plans and spaces.', button: 'Sign in' },
  signUp: { title: 'Start together', subtitle: 'One account for every draft, plan and space of your team.', button: 'Create account' },
}

/** Signs in or, with `isNewAccount`, registers. */
export function SignInPage({ isNewAccount = false }: { isNewAccount?: boolean }) {
  const { user } = useSession()
  const [query] = useSearchParams()
  if (user) return <Redirect to={toSafePath(query.get('to'))} replace />
  const { title, subtitle, button } = isNewAccount ? labels.signUp : labels.signIn
  const search = query.size > 0 ? `?${query}` : ''

  return (
    <AuthLayout tabTitle={button} title={title} subtitle={subtitle}>
      <SignInForm isNewAccount={isNewAccount} submitLabel={button} />
      {!isNewAccount && (
        <Text mt="lg" size="sm">
          <Anchor component={Link} href="/forgot-password" underline="always">
            Forgot your password?
          </Anchor>
        </Text>
      )}
      <Text mt={isNewAccount ? 'lg' : 'xs'} size="sm" c="dimmed">
        {isNewAccount ? 'You have an account? ' : 'New here? '}
        <Anchor component={Link} href={(isNewAccount ? '/sign-in' : '/sign-up') + search} underline="always">
          {isNewAccount ? 'Sign in' : 'Create an account'}
        </Anchor>
      </Text>
    </AuthLayout>
  )
}
