import { ActionIcon, Loader, Menu, Tooltip } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { request } from '../../../lib/api-client.ts'
import type { ExportRecord } from '../../../lib/api-types.ts'
import { waitForJob } from '../../../lib/job-status.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { downloadFile } from '../../../lib/download.ts'
import { showToast } from '../../../ui/toast.ts'

const exportFormats = [
  { format: 'docx', label: 'Word (.docx)' },
  { format: 'pdf', label: 'PDF (.pdf)' },
  { format: 'markdown', label: 'Markdown (.md)' },
  { format: 'html', label: 'Web page (.html)' },
] as const

/** Starts an export, waits for it, and downloads the file. */
async function exportDocument(documentName: string, format: string): Promise<ExportRecord> {
  const exportRecord = await request<ExportRecord>('POST', `/api/documents/${documentName}/exports`, { body: { format } })
  const finished = await waitForJob<ExportRecord>('/api/exports', exportRecord.id)
  await downloadFile(`/api/exports/${finished.id}/file`, finished.name)
  return finished
}

/** Exports the document as a file in a chosen format. */
export function ExportMenu({ documentName }: { documentName: string }) {
  const exporting = useMutation({
    mutationFn: (format: string) => exportDocument(documentName, format),
    onSuccess: ({ name, warnings }) => showToast([`${name} is saved.`, ...warnings].join(' ')),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return (
    <Menu position="bottom-end" width={200} radius="md" returnFocus>
      <Menu.Target>
        <Tooltip label={exporting.isPending ? 'The file is being made' : 'Export'}>
          <ActionIcon
            className="export-button"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={exporting.isPending ? 'The file is being made' : 'Export'}
            aria-busy={exporting.isPending}
            disabled={exporting.isPending}
          >
            {exporting.isPending ? <Loader size={16} /> : <Download size={18} aria-hidden="true" />}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Export as</Menu.Label>
        {exportFormats.map(({ format, label }) => (
          <Menu.Item key={format} onClick={() => exporting.mutate(format)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
