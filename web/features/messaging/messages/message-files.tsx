import { UnstyledButton } from '@mantine/core'
import { FileDown } from 'lucide-react'
import type { Message } from '../../../lib/api-types.ts'
import { downloadFile, formatFileSize } from '../../../lib/download.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { showToast } from '../../../ui/toast.ts'
import { toConversationPath } from '../conversation-queries.ts'

/** The files of a message. A click downloads a file. */
export function MessageFiles({ message: { conversationId, files } }: { message: Message }) {
  if (files.length === 0) return null
  const download = (id: string, name: string) =>
    void downloadFile(`${toConversationPath(conversationId)}/files/${id}`, name).catch((error: unknown) =>
      showToast(toErrorMessage(error), 'red'),
    )
  return (
    <ul className="message-files" aria-label="Files">
      {files.map(({ id, name, size }) => (
        <li key={id}>
          <UnstyledButton className="message-file" onClick={() => download(id, name)}>
            <FileDown size={16} aria-hidden="true" /> {name} <span className="message-size">{formatFileSize(size)}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  )
}
