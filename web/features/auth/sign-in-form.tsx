import { Alert, Button, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { toErrorMessage, toFieldErrors, Problem } from '../../lib/problem.ts'
import { signIn, useSession } from '../../lib/session.ts'
import { FormError } from '../../ui/form.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { EmailField } from './email-field.tsx'

/** Says what went wrong: beside the fields that it concerns, or else above the form. */
function toFormErrors(error: unknown, isNewAccount: boolean): { message: string | null; fields: Record<string, string> } {
  const fields = toFieldErrors(error)
  const code = error instanceof Problem ? error.code : null
  if (isNewAccount && code === 'conflict')
    return { message: null, fields: { ...fields, email: 'There is an account with this address already. Sign in instead.' } }
  if (!error || Object.keys(fields).length > 0) return { message: null, fields }
  const isWrongPassword = !isNewAccount && code === 'unauthenticated'
  return { message: isWrongPassword ? 'The address or the password is not right.' : toErrorMessage(error), fields }
}

/** Focuses the first invalid field once it is marked as invalid. */
function useInvalidFieldFocus(form: RefObject<HTMLFormElement | null>, error: unknown) {
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [form, error])
}

interface SignInFormProps {
  isNewAccount: boolean
  submitLabel: string
}

/** E-mail and password, and the name of a new account. */
export function SignInForm({ isNewAccount, submitLabel }: SignInFormProps) {
  const { endReason } = useSession()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const form = useRef<HTMLFormElement>(null)
  const signingIn = useMutation({
    mutationFn: () => {
      const credentials = { email: email.trim(), password }
      return isNewAccount ? signIn('/api/auth/register', { ...credentials, name: name.trim() }) : signIn('/api/auth/login', credentials)
    },
  })
  useInvalidFieldFocus(form, signingIn.error)
  const { message, fields } = toFormErrors(signingIn.error, isNewAccount)

  function submit(event: FormEvent) {
    event.preventDefault()
    signingIn.mutate()
  }

  return (
    <form ref={form} onSubmit={submit}>
      <Stack gap="md">
        {endReason === 'expired' && !isNewAccount && !signingIn.error && (
          <Alert color="pine">Your session has ended. Sign in again to go on; what you wrote is kept.</Alert>
        )}
        <FormError message={message} />
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
        <EmailField autoFocus={!isNewAccount} value={email} onChange={setEmail} error={fields['email']} />
        <PasswordField
          label="Password"
          size="md"
          isNew={isNewAccount}
          maxLength={200}
          value={password}
          onChange={setPassword}
          error={fields['password']}
        />
        <Button type="submit" size="md" fullWidth mt="xs" loading={signingIn.isPending}>
          {submitLabel}
        </Button>
      </Stack>
    </form>
  )
}
