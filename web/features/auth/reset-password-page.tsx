import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { AuthLayout } from './auth-layout.tsx'
import { sendRequest, toErrorMessage, Problem } from '../../lib/problem.ts'

const SignInLink = () => (
  <Text mt="lg" size="sm">
    <Anchor component={Link} href="/sign-in" underline="always">
      Back to sign in
    </Anchor>
  </Text>
)

/** Requests an e-mail with a link to reset the password. */
export function ForgotPasswordPage() {
  const [email, setEmail] = useState('')
  const sending = useMutation({
    mutationFn: () => sendRequest('POST', '/api/auth/password/forgot', { body: { email: email.trim() } }),
  })
  const fields = sending.error instanceof Problem ? sending.error.fields : {}

  function submit(event: FormEvent) {
    event.preventDefault()
    sending.mutate()
  }

  return (
    <AuthLayout
      tabTitle="Forgot your password?"
      title="Forgot your password?"
      subtitle={sending.isSuccess ? 'You can close this page.' : 'Enter your e-mail address to get a link to reset it.'}
    >
      {sending.isSuccess ? (
        <Alert color="pine" role="status" title="Check your e-mail">
          If {email.trim()} has an account, a link to choose a new password is on its way. It works once, within one hour.
        </Alert>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <div role="alert">{sending.error && !fields['email'] && <Alert color="red">{toErrorMessage(sending.error)}</Alert>}</div>
            <TextInput
              label="E-mail"
              type="email"
              size="md"
              required
              autoFocus
              autoComplete="email"
              inputMode="email"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              error={fields['email']}
            />
            <Button type="submit" size="md" fullWidth mt="xs" loading={sending.isPending}>
              Send the link
            </Button>
          </Stack>
        </form>
      )}
      <SignInLink />
    </AuthLayout>
  )
}

/** Sets a new password with the token of the e-mail. The token is in the URL fragment, which browsers do not send to servers. */
export function ResetPasswordPage() {
  const [token] = useState(() => location.hash.slice(1))
  const [password, setPassword] = useState('')
  const resetting = useMutation({
    mutationFn: () => sendRequest('POST', '/api/auth/password/reset', { body: { token, password } }),
    // The token is used up: remove it from the browser's history.
    onSuccess: () => history.replaceState(history.state, '', location.pathname),
  })
  const fields = resetting.error instanceof Problem ? resetting.error.fields : {}
  const isExpired = token === '' || fields['token'] !== undefined

  function submit(event: FormEvent) {
    event.preventDefault()
    resetting.mutate()
  }

  return (
    <AuthLayout tabTitle="Choose a new password" title="Choose a new password" subtitle="You will be signed out on every device.">
      {resetting.isSuccess ? (
        <Stack gap="md">
          <Alert color="pine" role="status" title="Your password was reset">
            Sign in with your new password.
          </Alert>
          <Button component={Link} href="/sign-in" size="md" fullWidth>
            Sign in
          </Button>
        </Stack>
      ) : isExpired ? (
        <Stack gap="md">
          <Alert color="red" role="alert" title="This link does not work">
            It is incomplete, was used or has expired. A link works once, within one hour.
          </Alert>
          <Button component={Link} href="/forgot-password" size="md" fullWidth>
            Get a new link
          </Button>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <div role="alert">{resetting.error && !fields['password'] && <Alert color="red">{toErrorMessage(resetting.error)}</Alert>}</div>
            <PasswordInput
              label="New password"
              description="At least 8 characters. A short sentence is best."
              size="md"
              required
              autoFocus
              autoComplete="new-password"
              maxLength={200}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={fields['password']}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
            />
            <Button type="submit" size="md" fullWidth mt="xs" loading={resetting.isPending}>
              Reset password
            </Button>
          </Stack>
        </form>
      )}
      {!resetting.isSuccess && <SignInLink />}
    </AuthLayout>
  )
}
