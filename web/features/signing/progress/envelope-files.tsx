import './envelope-files.css'
import { Alert, Anchor, Button, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileArchive, FileCheck2, type LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import type { Envelope } from '../../../lib/api-types.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { formatDateTime } from '../../../lib/time-format.ts'
import { showToast } from '../../../ui/toast.ts'
import { keepEnvelope, toEnvelopePath, useSigningAccess } from '../signing-access.ts'
import { useEnvelopeDownload } from '../text-download.tsx'

interface FileButtonProps {
  envelope: Envelope
  /** Below the envelope's own. */
  path: string
  label: string
  /** Of the file's name, behind the title. */
  suffix: string
  icon: LucideIcon
}

function FileButton({ envelope, path, label, suffix, icon: Icon }: FileButtonProps) {
  const downloading = useEnvelopeDownload({ envelope, path, name: `${envelope.title}${suffix}` })
  return (
    <Button
      variant={path === 'evidence' ? 'default' : 'filled'}
      leftSection={<Icon size={17} aria-hidden="true" />}
      loading={downloading.isPending}
      onClick={() => downloading.mutate()}
    >
      {label}
    </Button>
  )
}

/** Shown until the sealed document is there. It can be asked for again, as after a full disk. */
function MissingFile({ envelope }: { envelope: Envelope }) {
  const access = useSigningAccess()
  const asking = useMutation({
    mutationFn: () => access.request<Envelope>('POST', `${toEnvelopePath(envelope.id)}/seal`),
    onSuccess: keepEnvelope,
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return (
    <Text size="sm" c="dimmed" className="envelope-file-waiting">
      <Loader size="xs" aria-hidden="true" />
      The sealed document is being made. It appears here.
      {!access.isLink && (
        <Button size="compact-sm" variant="subtle" loading={asking.isPending} onClick={() => asking.mutate()}>
          Make it now
        </Button>
      )}
    </Text>
  )
}

/** The sealed document, when it is made, and its evidence for the owner. */
export function EnvelopeFiles({ envelope }: { envelope: Envelope }) {
  if (envelope.state !== 'completed') return null
  const sealed = envelope.files.find(({ kind }) => kind === 'sealed')
  return (
    <section className="envelope-files" aria-label="Files" role="status">
      {sealed ? (
        <>
          <FileButton envelope={envelope} path="files/sealed" label="Signed document (PDF)" suffix=" (signed).pdf" icon={FileCheck2} />
          {envelope.isOwner && (
            <FileButton envelope={envelope} path="evidence" label="Evidence (ZIP)" suffix=" (evidence).zip" icon={FileArchive} />
          )}
          <Anchor component={Link} href="/verify" size="sm">
            Verify a file
          </Anchor>
          <div className="envelope-file-facts">
            {sealed.warnings.length > 0 && <Alert color="yellow">{sealed.warnings.join(' ')}</Alert>}
            <Text size="xs" c="dimmed">
              Sealed on {formatDateTime(sealed.madeAt)} · SHA-256 <code>{sealed.sha256}</code>
            </Text>
          </div>
        </>
      ) : (
        <MissingFile envelope={envelope} />
      )}
    </section>
  )
}
