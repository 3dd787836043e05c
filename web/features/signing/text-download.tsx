import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import type { Envelope } from '../../lib/api-types.ts'
import { saveBlob } from '../../lib/download.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'
import { toEnvelopePath, useSigningAccess } from './signing-access.ts'

interface EnvelopeDownloadProps {
  envelope: Envelope
  /** Below the envelope's own: `text.pdf`. */
  path: string
  name: string
}

/** Downloads a file of an envelope. */
export function useEnvelopeDownload({ envelope, path, name }: EnvelopeDownloadProps) {
  const access = useSigningAccess()
  return useMutation({
    mutationFn: async () => saveBlob(await access.request<Blob>('GET', `${toEnvelopePath(envelope.id)}/${path}`, { asBlob: true }), name),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
}

/** Downloads the text that was sent, as a PDF without signatures. */
export function TextDownload({ envelope }: { envelope: Envelope }) {
  const downloading = useEnvelopeDownload({ envelope, path: 'text.pdf', name: `${envelope.title}.pdf` })
  return (
    <Button
      size="compact-md"
      variant="subtle"
      leftSection={<Download size={16} aria-hidden="true" />}
      loading={downloading.isPending}
      onClick={() => downloading.mutate()}
    >
      Download the text
    </Button>
  )
}
