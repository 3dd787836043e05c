import { Alert, Button, Group, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { ask, queries, withQuery } from './client.ts'
import type { ImportRecord } from './contract.ts'
import { finished } from './job.ts'
import { explain, Problem } from './problem.ts'
import { say } from './toast.ts'

async function bringIn(file: File): Promise<ImportRecord> {
  if (file.size === 0) throw new Problem('invalid-input', 'The file is empty.')
  const sent = await ask<ImportRecord>('POST', withQuery('/api/imports', { name: file.name }), { file })
  return finished<ImportRecord>('/api/imports', sent.id)
}

/** A file on its way to be a draft. */
export function useImport() {
  const [, go] = useLocation()
  const importing = useMutation({
    mutationFn: bringIn,
    onSuccess({ documentName, warnings }) {
      void queries.invalidateQueries({ queryKey: ['documents'] })
      for (const warning of warnings) say(warning)
      if (documentName) go(`/documents/${documentName}`)
    },
  })
  const problem = importing.error ? explain(importing.error) : undefined
  return { importing, problem, begin: (file: File) => importing.mutate(file) }
}
type Importing = ReturnType<typeof useImport>

/** Chooses a file by hand. */
export function ImportButton({ importing, begin }: Importing) {
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        className="import-button"
        variant="default"
        leftSection={<FileUp size={17} aria-hidden="true" />}
        onClick={() => field.current?.click()}
        loading={importing.isPending}
      >
        Import
      </Button>
      <input
        ref={field}
        type="file"
        hidden
        aria-label="File to import"
        accept=".docx,.md,.markdown,.txt,.html,.htm"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          currentTarget.value = ''
          if (file) begin(file)
        }}
      />
    </>
  )
}

/** How it goes: that a file is being read, or why it was not taken. */
export function ImportState({ importing, problem }: Importing) {
  const name = importing.variables?.name ?? ''
  if (importing.isPending)
    return (
      <Group role="status" className="import-state" gap="sm" mb="md">
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

/** Takes a file that is dropped anywhere on it, and says so while one is held above. */
export function DropPlace({ begin, children }: Importing & { children: ReactNode }) {
  // elements within are entered and left too: it is over when as many were left
  const [inside, setInside] = useState(0)
  const holds = ({ dataTransfer }: DragEvent) => dataTransfer.types.includes('Files')
  return (
    <div
      onDragEnter={(event) => holds(event) && setInside(inside + 1)}
      onDragLeave={(event) => holds(event) && setInside(Math.max(0, inside - 1))}
      onDragOver={(event) => holds(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!holds(event)) return
        event.preventDefault()
        setInside(0)
        const file = event.dataTransfer.files[0]
        if (file) begin(file)
      }}
    >
      {children}
      {inside > 0 && (
        <div className="drop-place" aria-hidden="true">
          <FileUp size={32} />
          <Text fw={600}>Drop a Word, Markdown or HTML file to make it a draft</Text>
        </div>
      )}
    </div>
  )
}
