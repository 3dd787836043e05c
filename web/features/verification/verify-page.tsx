import './verify-page.css'
import { Alert, Button, Loader, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { CircleCheck, CircleX, FileSearch } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import type { FileVerdict } from '../../lib/api-types.ts'
import { formatFileSize } from '../../lib/download.ts'
import { Problem, sendRequest, toErrorMessage } from '../../lib/problem.ts'
import { usePageTitle } from '../../lib/page-title.ts'
import { useSession } from '../../lib/session.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { PublicPage } from '../../ui/public-page.tsx'
import { SignatureResult } from './signature-result.tsx'
import { describeVerdict } from './verdict-words.ts'

/** The verdict on an evidence bundle says what was checked beside the signatures. */
type Verdict = FileVerdict & { checks?: { check: string; isPassed: boolean; message: string }[] }

async function verifyFile(file: File): Promise<Verdict> {
  if (file.size === 0) throw new Problem('invalid-input', 'The file is empty.')
  return sendRequest<Verdict>('POST', '/api/legal/verify', { file })
}

interface FileFieldProps {
  isBusy: boolean
  hasResult: boolean
  onFile: (file: File) => void
}

/** Takes a file that is dropped or chosen. */
function FileField({ isBusy, hasResult, onFile }: FileFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const [isTarget, setIsTarget] = useState(false)
  function drop(event: DragEvent) {
    event.preventDefault()
    setIsTarget(false)
    const [file] = event.dataTransfer.files
    if (file) onFile(file)
  }
  return (
    <section
      className="verify-drop"
      aria-label="File to verify"
      data-drop-target={isTarget}
      data-small={hasResult || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setIsTarget(true)
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={drop}
    >
      {isBusy ? (
        <Loader size={34} aria-label="Verifying" />
      ) : (
        <FileSearch size={hasResult ? 26 : 40} strokeWidth={1.4} aria-hidden="true" />
      )}
      <Text>{hasResult ? 'Drop another file here' : 'Drop a signed PDF or an evidence bundle here'}</Text>
      <Button variant={hasResult ? 'default' : 'filled'} disabled={isBusy} onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        aria-label="Signed file"
        accept=".pdf,.zip,application/pdf,application/zip"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          currentTarget.value = ''
          if (file) onFile(file)
        }}
      />
    </section>
  )
}

function Checks({ checks }: { checks: NonNullable<Verdict['checks']> }) {
  return (
    <>
      <Title order={2} fz="1.2rem">
        What was checked
      </Title>
      <ul className="verify-checks">
        {checks.map(({ check, isPassed, message }) => (
          <li key={check} data-failed={!isPassed || undefined}>
            {isPassed ? <CircleCheck size={18} aria-label="Passed" /> : <CircleX size={18} aria-label="Failed" />}
            <span>{message}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Result({ file, verdict }: { file: File; verdict: Verdict }) {
  const { title, meaning, color, icon: Icon, fault } = describeVerdict(verdict.overall, verdict.signatures)
  const { signatures, uncoveredBytes, reason, checks } = verdict
  return (
    <div className="verify-result">
      <div className="verify-verdict" role="status" data-color={color}>
        <Icon size={44} strokeWidth={1.5} aria-hidden="true" />
        <div>
          <Title order={2} fz="1.5rem">
            {title}
          </Title>
          <p>{meaning}</p>
          <p>
            {fault && <strong>{fault.charAt(0).toUpperCase() + fault.slice(1)}. </strong>}
            {reason}
          </p>
          <p className="verify-file">
            <bdi>{file.name}</bdi> · {formatFileSize(file.size)}
          </p>
        </div>
      </div>
      {signatures.length > 0 && uncoveredBytes > 0 && (
        <Alert color="yellow">{uncoveredBytes.toLocaleString('en')} bytes follow the last signature. It says nothing about them.</Alert>
      )}
      {checks && <Checks checks={checks} />}
      {signatures.length > 0 && (
        <>
          <Title order={2} fz="1.2rem">
            {signatures.length === 1 ? 'One signature' : `${signatures.length} signatures`}
          </Title>
          <ol className="signature-results">
            {signatures.map((signature) => (
              <SignatureResult key={signature.field} signature={signature} />
            ))}
          </ol>
          <Text size="sm" c="dimmed">
            Whether to trust the issuers of the certificates is your decision: it is not part of the verdict.
          </Text>
        </>
      )}
    </div>
  )
}

function Verification() {
  const verifying = useMutation({ mutationFn: verifyFile })
  const file = verifying.variables
  return (
    <>
      <Title order={1} fz="1.9rem">
        Verify a signed document
      </Title>
      <Text c="dimmed" mt="xs" mb="lg">
        See who signed it, when, and whether it was changed. You need no account, and the file is not kept.
      </Text>
      {verifying.data && file && <Result file={file} verdict={verifying.data} />}
      {verifying.error && (
        <Alert color="red" mb="md" role="alert">
          {toErrorMessage(verifying.error)}
        </Alert>
      )}
      <FileField isBusy={verifying.isPending} hasResult={verifying.data !== undefined} onFile={verifying.mutate} />
    </>
  )
}

/** Verifies a file for anybody, with or without an account. */
export function VerifyPage() {
  usePageTitle('Verify a signed document')
  const { user } = useSession()
  if (!user)
    return (
      <PublicPage>
        <Verification />
      </PublicPage>
    )
  return (
    <>
      <PageHeader />
      <main id="main" className="page public-page" tabIndex={-1}>
        <Verification />
      </main>
    </>
  )
}
