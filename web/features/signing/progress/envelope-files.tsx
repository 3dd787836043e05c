import { Alert, Anchor, Button, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileArchive, FileCheck2 } from 'lucide-react'
import { Link } from 'wouter'
import type { Envelope } from '../../../lib/api-types.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { formatDateTime } from '../../../lib/time-format.ts'
import { showToast } from '../../../ui/toast.ts'
import { keepEnvelope, toEnvelopePath, useSigningAccess } from '../signing-access.ts'
import { useEnvelopeDownload } from '../text-download.tsx'

/** The kinds of files, as they are saved. */
const fileKinds = {
  sealed: { label: 'Signed document (PDF)', suffix: ' (signed).pdf', icon: FileCheck2 },
  bundle: { label: 'Evidence (ZIP)', suffix: ' (evidence).zip', icon: FileArchive },
} as const
type FileKind = keyof typeof fileKinds

function FileButton({ envelope, kind }: { envelope: Envelope; kind: FileKind }) {
  const { label, suffix, icon: Icon } = fileKinds[kind]
  const downloading = useEnvelopeDownload({ envelope, path: `files/${kind}`, name: `${envelope.title}${suffix}` })
  return (
    <Button
      variant={kind === 'sealed' ? 'filled' : 'default'}
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

/** The sealed document and its evidence, when the envelope is complete and they are made. */
export function EnvelopeFiles({ envelope }: { envelope: Envelope }) {
  if (envelope.state !== 'completed') return null
  const { files } = envelope
  const kinds = (Object.keys(fileKinds) as FileKind[]).filter((kind) => files.some((file) => file.kind === kind))
  return (
    <section className="envelope-files" aria-label="Files" role="status">
      {kinds.map((kind) => (
        <FileButton key={kind} envelope={envelope} kind={kind} />
      ))}
      {kinds.includes('sealed') && (
        <Anchor component={Link} href="/verify" size="sm">
          Verify a file
        </Anchor>
      )}
      {!kinds.includes('sealed') && <MissingFile envelope={envelope} />}
      {files.map(({ kind, sha256, madeAt, warnings }) => (
        <div key={kind} className="envelope-file-facts">
          {warnings.length > 0 && <Alert color="yellow">{warnings.join(' ')}</Alert>}
          <Text size="xs" c="dimmed">
            {kind === 'sealed' ? 'Sealed' : 'Evidence made'} on {formatDateTime(madeAt)} · SHA-256 <code>{sha256}</code>
          </Text>
        </div>
      ))}
    </section>
  )
}
