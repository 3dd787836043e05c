import { Alert, Anchor, Button, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import { AuthLayout } from './auth-layout.tsx'
import { EmailField } from './email-field.tsx'
import { sendRequest, toErrorMessage, toFieldErrors } from '../../lib/problem.ts'
import { FormError } from '../../ui/form.tsx'
import { PasswordField } from '../../ui/password-field.tsx'

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
  const fields = toFieldErrors(sending.error)

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
            <FormError message={sending.error && !fields['email'] && toErrorMessage(sending.error)} />
            <EmailField autoFocus value={email} onChange={setEmail} error={fields['email']} />
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

interface NewPasswordFormProps {
  error: Error | null
  isBusy: boolean
  onSubmit: (password: string) => void
}

function NewPasswordForm({ error, isBusy, onSubmit }: NewPasswordFormProps) {
  const [password, setPassword] = useState('')
  const fields = toFieldErrors(error)

  function submit(event: FormEvent) {
    event.preventDefault()
    onSubmit(password)
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <FormError message={error && !fields['password'] && toErrorMessage(error)} />
        <PasswordField label="New password" size="md" isNew autoFocus value={password} onChange={setPassword} error={fields['password']} />
        <Button type="submit" size="md" fullWidth mt="xs" loading={isBusy}>
          Reset password
        </Button>
      </Stack>
    </form>
  )
}

/** Sets a new password with the token of the e-mail. The token is in the URL fragment, which browsers do not send to servers. */
export function ResetPasswordPage() {
  const [token] = useState(() => location.hash.slice(1))
  const resetting = useMutation({
    mutationFn: (password: string) => sendRequest('POST', '/api/auth/password/reset', { body: { token, password } }),
    // The token is used up: remove it from the browser's history.
    onSuccess: () => history.replaceState(history.state, '', location.pathname),
  })
  const isExpired = token === '' || toFieldErrors(resetting.error)['token'] !== undefined

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
        <NewPasswordForm error={resetting.error} isBusy={resetting.isPending} onSubmit={resetting.mutate} />
      )}
      {!resetting.isSuccess && <SignInLink />}
    </AuthLayout>
  )
}
