import { CloseButton, Loader } from '@mantine/core'
import { Paperclip } from 'lucide-react'
import { useState } from 'react'
import { createRandomKey, request, withQuery } from '../../../lib/api-client.ts'
import { formatFileSize } from '../../../lib/download.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { toConversationPath } from '../conversation-queries.ts'

/** The most files that a message may have. */
const maxFiles = 10

interface Attachment {
  key: string
  name: string
  size: number
  /** The id of the uploaded file; null while it is being uploaded. */
  id: string | null
}

/** The files of the message that is being written. They are uploaded as soon as they are chosen. */
export function useAttachments(conversationId: string) {
  const [files, setFiles] = useState<Attachment[]>([])
  const [problem, setProblem] = useState<string | null>(null)

  async function upload(file: File) {
    const key = createRandomKey()
    const path = withQuery(`${toConversationPath(conversationId)}/files`, { name: file.name })
    setFiles((now) => [...now, { key, name: file.name, size: file.size, id: null }])
    try {
      const { id, name } = await request<{ id: string; name: string }>('POST', path, { file })
      setFiles((now) => now.map((current) => (current.key === key ? { ...current, id, name } : current)))
    } catch (error) {
      remove(key)
      setProblem(`${file.name}: ${toErrorMessage(error)}`)
    }
  }
  function add(list: FileList | null) {
    setProblem(null)
    const remaining = maxFiles - files.length
    const chosenFiles = [...(list ?? [])]
    if (chosenFiles.length > remaining) setProblem(`A message takes at most ${maxFiles} files.`)
    for (const file of chosenFiles.slice(0, remaining)) void upload(file)
  }
  const remove = (key: string) => setFiles((now) => now.filter((current) => current.key !== key))
  return {
    files,
    problem,
    isUploading: files.some(({ id }) => id === null),
    add,
    remove,
    clear: () => setFiles([]),
    dismissProblem: () => setProblem(null),
  }
}

interface AttachmentListProps {
  files: Attachment[]
  onRemove: (key: string) => void
}

/** The files that will be sent with the message. */
export function AttachmentList({ files, onRemove }: AttachmentListProps) {
  if (files.length === 0) return null
  return (
    <ul className="message-composer-files" aria-label="Files to send">
      {files.map(({ key, id, name, size }) => (
        <li key={key} className="message-composer-file">
          {id === null ? <Loader size={14} aria-label="Being uploaded" /> : <Paperclip size={14} aria-hidden="true" />}
          <span>{name}</span>
          <span className="message-size">{formatFileSize(size)}</span>
          <CloseButton size="sm" aria-label={`Leave out ${name}`} onClick={() => onRemove(key)} />
        </li>
      ))}
    </ul>
  )
}
