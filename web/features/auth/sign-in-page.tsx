import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Link, Redirect, useSearchParams } from 'wouter'
import { AuthLayout } from './auth-layout.tsx'
import { toErrorMessage, Problem } from '../../lib/problem.ts'
import { signIn, useSession } from '../../lib/session.ts'

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
  const { user, endReason } = useSession()
  const [query] = useSearchParams()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { title, subtitle, button } = isNewAccount ? labels.signUp : labels.signIn

  const signingIn = useMutation({
    mutationFn: () =>
      signIn(isNewAccount ? '/api/auth/register' : '/api/auth/login', {
        email: email.trim(),
        password,
        ...(isNewAccount ? { name: name.trim() } : {}),
      }),
  })
  const form = useRef<HTMLFormElement>(null)
  // Focus the first invalid field once it is marked as invalid.
  useEffect(() => {
    if (signingIn.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [signingIn.error])
  if (user) return <Redirect to={toSafePath(query.get('to'))} replace />

  const problem = signingIn.error instanceof Problem ? signingIn.error : null
  const fields = problem?.fields ?? {}
  const isEmailTaken = isNewAccount && problem?.code === 'conflict'
  const isWrongPassword = !isNewAccount && problem?.code === 'unauthenticated'
  const message =
    isEmailTaken || Object.keys(fields).length > 0
      ? null
      : isWrongPassword
        ? 'The address or the password is not right.'
        : signingIn.error && toErrorMessage(signingIn.error)
  const search = query.size > 0 ? `?${query}` : ''

  function submit(event: FormEvent) {
    event.preventDefault()
    signingIn.mutate()
  }

  return (
    <AuthLayout tabTitle={button} title={title} subtitle={subtitle}>
      <form ref={form} onSubmit={submit}>
        <Stack gap="md">
          {endReason === 'expired' && !isNewAccount && !signingIn.error && (
            <Alert color="pine">Your session has ended. Sign in again to go on; what you wrote is kept.</Alert>
          )}
          <div role="alert">{message && <Alert color="red">{message}</Alert>}</div>
          {isNewAccount && (
            <TextInput
              label="Your name"
              description="Others see it beside your cursor."
              size="md"
              required
              autoComplete="name"
              maxLength={100}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={fields['name']}
            />
          )}
          <TextInput
            label="E-mail"
            type="email"
            size="md"
            required
            autoComplete="email"
            inputMode="email"
            autoFocus={!isNewAccount}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={isEmailTaken ? 'There is an account with this address already. Sign in instead.' : fields['email']}
          />
          <PasswordInput
            label="Password"
            size="md"
            required
            autoComplete={isNewAccount ? 'new-password' : 'current-password'}
            description={isNewAccount ? 'At least 8 characters. A short sentence is best.' : undefined}
            maxLength={200}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={fields['password']}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
          />
          <Button type="submit" size="md" fullWidth mt="xs" loading={signingIn.isPending}>
            {button}
          </Button>
        </Stack>
      </form>
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
