import { Alert, Button, Group, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { ImportRecord } from '../../lib/api-types.ts'
import { waitForJob } from '../../lib/job-status.ts'
import { toErrorMessage, Problem } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

async function importFile(file: File): Promise<ImportRecord> {
  if (file.size === 0) throw new Problem('invalid-input', 'The file is empty.')
  const importRecord = await request<ImportRecord>('POST', withQuery('/api/imports', { name: file.name }), { file })
  return waitForJob<ImportRecord>('/api/imports', importRecord.id)
}

/** Imports a file as a draft and opens it. */
export function useImport() {
  const [, navigate] = useLocation()
  const importing = useMutation({
    mutationFn: importFile,
    onSuccess({ documentName, warnings }) {
      void queryClient.invalidateQueries({ queryKey: ['documents'] })
      for (const warning of warnings) showToast(warning)
      if (documentName) navigate(`/documents/${documentName}`)
    },
  })
  const problem = importing.error ? toErrorMessage(importing.error) : undefined
  return { importing, problem, startImport: (file: File) => importing.mutate(file) }
}
type ImportState = ReturnType<typeof useImport>

/** Opens the file picker. */
export function ImportButton({ importing, startImport }: ImportState) {
  const fileInput = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        className="import-button"
        variant="default"
        leftSection={<FileUp size={17} aria-hidden="true" />}
        onClick={() => fileInput.current?.click()}
        loading={importing.isPending}
      >
        Import
      </Button>
      <input
        ref={fileInput}
        type="file"
        hidden
        aria-label="File to import"
        accept=".docx,.md,.markdown,.txt,.html,.htm"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          currentTarget.value = ''
          if (file) startImport(file)
        }}
      />
    </>
  )
}

/** Shows the progress of an import, or its error. */
export function ImportStatus({ importing, problem }: ImportState) {
  const name = importing.variables?.name ?? ''
  if (importing.isPending)
    return (
      <Group role="status" gap="sm" mb="md">
        <Loader size={16} />
        <Text size="sm">Reading {name}…</Text>
      </Group>
    )
  if (!problem) return null
  return (
    <Alert
      color="red"
      mb="lg"
      title={`${name} was not imported`}
      withCloseButton
      onClose={() => importing.reset()}
      closeButtonLabel="Close"
    >
      {problem}
    </Alert>
  )
}

/** Imports a file that is dropped anywhere in it. */
export function DropZone({ startImport, children }: ImportState & { children: ReactNode }) {
  // Child elements fire enter and leave events too: count the depth.
  const [dragDepth, setDragDepth] = useState(0)
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer.types.includes('Files')
  return (
    <div
      onDragEnter={(event) => hasFiles(event) && setDragDepth(dragDepth + 1)}
      onDragLeave={(event) => hasFiles(event) && setDragDepth(Math.max(0, dragDepth - 1))}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setDragDepth(0)
        const file = event.dataTransfer.files[0]
        if (file) startImport(file)
      }}
    >
      {children}
      {dragDepth > 0 && (
        <div className="drop-zone" aria-hidden="true">
          <FileUp size={32} />
          <Text fw={600}>Drop a Word, Markdown or HTML file to make it a draft</Text>
        </div>
      )}
    </div>
  )
}
