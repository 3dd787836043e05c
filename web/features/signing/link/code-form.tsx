import { Alert, Button, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { MailCheck } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Problem, sendRequest, toErrorMessage } from '../../../lib/problem.ts'
import { FormError } from '../../../ui/form.tsx'

/** The answer to a link and its code. */
export interface OpenedLink {
  accessToken: string
  envelopeId: string
}

interface CodeFormProps {
  linkToken: string
  /** Whether access ended while the document was open. */
  hasEnded: boolean
  onOpen: (link: OpenedLink) => void
}

const codeLength = 6

function useCode(linkToken: string, onOpen: CodeFormProps['onOpen']) {
  const asking = useMutation({
    mutationFn: () => sendRequest<{ email: string }>('POST', '/api/legal/signing-links/code', { body: { token: linkToken } }),
  })
  const opening = useMutation({
    mutationFn: (code: string) => sendRequest<OpenedLink>('POST', '/api/legal/signing-links/open', { body: { token: linkToken, code } }),
    onSuccess: onOpen,
  })
  return { asking, opening }
}

function CodeField({ error, isBusy, onSubmit }: { error: string | null; isBusy: boolean; onSubmit: (code: string) => void }) {
  const [code, setCode] = useState('')
  function change(text: string) {
    const digits = text.replace(/\D/g, '').slice(0, codeLength)
    setCode(digits)
    if (digits.length === codeLength && digits !== code) onSubmit(digits)
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    onSubmit(code)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          className="code-field"
          size="lg"
          label="Code"
          description="Six digits from the mail"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          dir="ltr"
          value={code}
          error={error}
          onChange={(event) => change(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={isBusy} disabled={code.length !== codeLength}>
          Open the document
        </Button>
      </Stack>
    </form>
  )
}

/** Asks for the code that is mailed to the party: it shows that they read the mail of this address. */
export function CodeForm({ linkToken, hasEnded, onOpen }: CodeFormProps) {
  const { asking, opening } = useCode(linkToken, onOpen)
  const isUnknown =
    linkToken === '' || [asking.error, opening.error].some((error) => error instanceof Problem && error.code === 'not-found')
  if (isUnknown)
    return (
      <div className="code-form">
        <Title order={1} fz="1.6rem">
          This link does not work
        </Title>
        <Alert color="red">
          It is incomplete, or it has ended. Use the link in the newest mail about the document, or ask the sender for a new one.
        </Alert>
      </div>
    )
  return (
    <div className="code-form">
      <MailCheck size={40} strokeWidth={1.4} aria-hidden="true" />
      <Title order={1} fz="1.6rem">
        {asking.data ? 'Check your e-mail' : 'A document for you to sign'}
      </Title>
      {hasEnded && !asking.data && (
        <Alert color="yellow">Your access has ended, for your safety. A new code opens the document again.</Alert>
      )}
      <Text c="dimmed" role="status">
        {asking.data
          ? `A code was sent to ${asking.data.email}. It is valid for 10 minutes.`
          : 'To show that it is you, enter the code that you get at the address to which this link was sent. You need no account.'}
      </Text>
      <FormError message={asking.error && toErrorMessage(asking.error)} />
      {asking.data ? (
        <>
          <CodeField
            key={asking.submittedAt}
            error={opening.error && toErrorMessage(opening.error)}
            isBusy={opening.isPending}
            onSubmit={opening.mutate}
          />
          <Button
            variant="subtle"
            loading={asking.isPending}
            onClick={() => {
              opening.reset()
              asking.mutate()
            }}
          >
            Send another code
          </Button>
        </>
      ) : (
        <Button size="md" fullWidth loading={asking.isPending} onClick={() => asking.mutate()}>
          Send me the code
        </Button>
      )}
    </div>
  )
}
