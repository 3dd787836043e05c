import { Alert, Button, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileArchive, FileCheck2 } from 'lucide-react'
import type { Envelope } from '../../../lib/api-types.ts'
import { formatDateTime } from '../../../lib/time-format.ts'
import { saveBlob } from '../../../lib/download.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { showToast } from '../../../ui/toast.ts'
import { toEnvelopePath, useSigningAccess } from '../signing-access.ts'

const fileKinds = {
  pdf: { label: 'Signed document (PDF)', extension: 'pdf', icon: FileCheck2 },
  bundle: { label: 'Evidence (ZIP)', extension: 'zip', icon: FileArchive },
} as const

function FileButton({ envelope, kind }: { envelope: Envelope; kind: keyof typeof fileKinds }) {
  const access = useSigningAccess()
  const { label, extension, icon: Icon } = fileKinds[kind]
  const downloading = useMutation({
    mutationFn: async () => {
      const blob = await access.request<Blob>('GET', `${toEnvelopePath(envelope.id)}/files/${kind}`, { asBlob: true })
      saveBlob(blob, `${envelope.title}.${extension}`)
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return (
    <Button
      variant={kind === 'pdf' ? 'filled' : 'default'}
      leftSection={<Icon size={17} aria-hidden="true" />}
      loading={downloading.isPending}
      onClick={() => downloading.mutate()}
    >
      {label}
    </Button>
  )
}

/** The sealed document and its evidence, when the envelope is complete and they are made. */
export function EnvelopeFiles({ envelope }: { envelope: Envelope }) {
  if (envelope.state !== 'completed') return null
  const kinds = (Object.keys(fileKinds) as (keyof typeof fileKinds)[]).filter((kind) => envelope.files.some((file) => file.kind === kind))
  return (
    <section className="envelope-files" aria-label="Files" role="status">
      {kinds.map((kind) => (
        <FileButton key={kind} envelope={envelope} kind={kind} />
      ))}
      {kinds.length < Object.keys(fileKinds).length && (
        <Text size="sm" c="dimmed" className="envelope-file-waiting">
          <Loader size="xs" aria-hidden="true" />
          The sealed document is being made. It appears here.
        </Text>
      )}
      {envelope.files.map(({ kind, sha256, madeAt, warnings }) => (
        <div key={kind} className="envelope-file-facts">
          {warnings.length > 0 && <Alert color="yellow">{warnings.join(' ')}</Alert>}
          <Text size="xs" c="dimmed">
            {kind === 'pdf' ? 'PDF' : 'Evidence'} of {formatDateTime(madeAt)} · SHA-256 <code>{sha256}</code>
          </Text>
        </div>
      ))}
    </section>
  )
}
