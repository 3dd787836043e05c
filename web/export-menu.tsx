import { ActionIcon, Loader, Menu, Tooltip } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { ask } from './client.ts'
import type { ExportRecord } from './contract.ts'
import { finished } from './job.ts'
import { explain } from './problem.ts'
import { saveFile } from './saved-file.ts'
import { say } from './toast.ts'

const forms = [
  { format: 'docx', label: 'Word (.docx)' },
  { format: 'pdf', label: 'PDF (.pdf)' },
  { format: 'markdown', label: 'Markdown (.md)' },
  { format: 'html', label: 'Web page (.html)' },
] as const

/** Has the server make a file, and saves it where the browser saves files. */
async function download(documentName: string, format: string): Promise<string> {
  const asked = await ask<ExportRecord>('POST', `/api/documents/${documentName}/exports`, { body: { format } })
  const made = await finished<ExportRecord>('/api/exports', asked.id)
  await saveFile(`/api/exports/${made.id}/file`, made.name)
  return made.name
}

/** The document as a file, in the form that one chooses. */
export function ExportMenu({ documentName }: { documentName: string }) {
  const making = useMutation({
    mutationFn: (format: string) => download(documentName, format),
    onSuccess: (name) => say(`${name} is saved.`),
    onError: (error) => say(explain(error), 'red'),
  })
  return (
    <Menu position="bottom-end" width={200} radius="md" returnFocus>
      <Menu.Target>
        <Tooltip label={making.isPending ? 'The file is being made' : 'Export'}>
          <ActionIcon
            className="export-button"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={making.isPending ? 'The file is being made' : 'Export'}
            aria-busy={making.isPending}
            disabled={making.isPending}
          >
            {making.isPending ? <Loader size={16} /> : <Download size={18} aria-hidden="true" />}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Export as</Menu.Label>
        {forms.map(({ format, label }) => (
          <Menu.Item key={format} onClick={() => making.mutate(format)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
