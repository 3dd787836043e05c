import { Alert, Button, Group, List, Loader, Modal, ScrollArea, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { ImportRecord } from '../../lib/api-types.ts'
import { waitForJob } from '../../lib/job-status.ts'
import { toErrorMessage, Problem } from '../../lib/problem.ts'

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
      if (documentName && warnings.length === 0) navigate(`/documents/${documentName}`)
    },
  })
  const problem = importing.error ? toErrorMessage(importing.error) : undefined
  const openImported = () => importing.data?.documentName && navigate(`/documents/${importing.data.documentName}`)
  return { importing, problem, startImport: (file: File) => importing.mutate(file), openImported }
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

/** Lists what an import could not keep. The draft opens when the dialog is closed. */
function ImportWarnings({ importing, openImported }: ImportState) {
  const warnings = importing.data?.warnings ?? []
  return (
    <Modal opened={warnings.length > 0} onClose={openImported} title={`${importing.variables?.name ?? 'The file'} was imported`} size="lg">
      <Text size="sm" mb="sm">
        {warnings.length === 1 ? 'One thing is not as in the file:' : 'Some things are not as in the file:'}
      </Text>
      <ScrollArea.Autosize mah="50vh" type="auto" tabIndex={0} aria-label="What is not as in the file">
        <List size="sm" spacing={6} pr="sm">
          {warnings.map((warning) => (
            <List.Item key={warning}>{warning}</List.Item>
          ))}
        </List>
      </ScrollArea.Autosize>
      <Group justify="flex-end" mt="lg">
        <Button onClick={openImported} data-autofocus>
          Open the draft
        </Button>
      </Group>
    </Modal>
  )
}

/** Shows the progress of an import, its error, or what it could not keep. */
export function ImportStatus(state: ImportState) {
  const { importing, problem } = state
  const name = importing.variables?.name ?? ''
  if (importing.data) return <ImportWarnings {...state} />
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
