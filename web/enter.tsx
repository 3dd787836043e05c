import './enter.css'
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Link, Redirect, useSearchParams } from 'wouter'
import { Wordmark } from './logo.tsx'
import { useTitle } from './lost.tsx'
import { explain, Problem } from './problem.ts'
import { Scene } from './scene.tsx'
import { enter, useSession } from './session.ts'

/** Only a path of this workspace may be gone to: the address is anybody's to write. */
function destination(to: string | null): string {
  return to?.startsWith('/') && !to.startsWith('//') && !to.includes('\\') ? to : '/'
}

const words = {
  signIn: { title: 'Welcome back', line: 'Sign in to your drafts, plans and spaces.', button: 'Sign in' },
  signUp: { title: 'Start together', line: 'One account for every draft, plan and space of your team.', button: 'Create account' },
}

/** Sign in, or with `fresh` sign up. */
export function Enter({ fresh = false }: { fresh?: boolean }) {
  const { user, end } = useSession()
  const [query] = useSearchParams()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { title, line, button } = fresh ? words.signUp : words.signIn
  useTitle(button)

  const entering = useMutation({
    mutationFn: () =>
      enter(fresh ? '/api/auth/register' : '/api/auth/login', { email: email.trim(), password, ...(fresh ? { name: name.trim() } : {}) }),
  })
  const form = useRef<HTMLFormElement>(null)
  // To the field that is wrong, once it is marked as such.
  useEffect(() => {
    if (entering.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [entering.error])
  if (user) return <Redirect to={destination(query.get('to'))} replace />

  const problem = entering.error instanceof Problem ? entering.error : null
  const fields = problem?.fields ?? {}
  const taken = fresh && problem?.code === 'conflict'
  const wrong = !fresh && problem?.code === 'unauthenticated'
  const message =
    taken || Object.keys(fields).length > 0
      ? null
      : wrong
        ? 'The address or the password is not right.'
        : entering.error && explain(entering.error)
  const search = query.size > 0 ? `?${query}` : ''

  function submit(event: FormEvent) {
    event.preventDefault()
    entering.mutate()
  }

  return (
    <div className="enter">
      <div className="enter-side">
        <header>
          <Wordmark />
        </header>
        <main className="enter-form">
          <Title order={1}>{title}</Title>
          <Text c="dimmed" mt={6} mb="xl">
            {line}
          </Text>
          <form ref={form} onSubmit={submit}>
            <Stack gap="md">
              {end === 'ended' && !fresh && !entering.error && (
                <Alert color="pine">Your session has ended. Sign in again to go on; what you wrote is kept.</Alert>
              )}
              <div role="alert">{message && <Alert color="red">{message}</Alert>}</div>
              {fresh && (
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
                autoFocus={!fresh}
                value={email}
                onChange={(event) => setEmail(event.currentTarget.value)}
                error={taken ? 'There is an account with this address already. Sign in instead.' : fields['email']}
              />
              <PasswordInput
                label="Password"
                size="md"
                required
                autoComplete={fresh ? 'new-password' : 'current-password'}
                description={fresh ? 'At least 8 characters. A short sentence is best.' : undefined}
                maxLength={200}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                error={fields['password']}
                visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
              />
              <Button type="submit" size="md" fullWidth mt="xs" loading={entering.isPending}>
                {button}
              </Button>
            </Stack>
          </form>
          <Text mt="lg" size="sm" c="dimmed">
            {fresh ? 'You have an account? ' : 'New here? '}
            <Anchor component={Link} href={(fresh ? '/sign-in' : '/sign-up') + search} underline="always">
              {fresh ? 'Sign in' : 'Create an account'}
            </Anchor>
          </Text>
        </main>
      </div>
      <Scene />
    </div>
  )
}
