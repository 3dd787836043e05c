import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { Paperclip, Tag } from 'lucide-react'
import { useRef } from 'react'
import { type MessageKind, messageKindLabels } from '../messages/message-kinds.ts'

const messageKinds = Object.keys(messageKindLabels) as MessageKind[]

/** Chooses the files of a message. */
function FilePicker({ onChoose }: { onChoose: (files: FileList | null) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={(event) => {
          onChoose(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
      <Tooltip label="Add files">
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Add files" onClick={() => input.current?.click()}>
          <Paperclip size={17} aria-hidden="true" />
        </ActionIcon>
      </Tooltip>
    </>
  )
}

interface KindMenuProps {
  kind: MessageKind
  canAnnounce: boolean
  onChange: (kind: MessageKind) => void
}

/** Chooses the kind of a message. */
function KindMenu({ kind, canAnnounce, onChange }: KindMenuProps) {
  return (
    <Menu position="top-start" withinPortal>
      <Menu.Target>
        <UnstyledButton
          className="message-composer-kind"
          data-set={kind !== 'GENERAL' || undefined}
          aria-label={`Kind: ${messageKindLabels[kind]}`}
        >
          <Tag size={15} aria-hidden="true" /> {messageKindLabels[kind]}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {messageKinds
          .filter((current) => canAnnounce || current !== 'ANNOUNCEMENT')
          .map((current) => (
            <Menu.Item key={current} onClick={() => onChange(current)}>
              {messageKindLabels[current]}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  )
}

interface ComposerToolsProps {
  kind: MessageKind
  canAnnounce: boolean
  onKindChange: (kind: MessageKind) => void
  onFiles: (files: FileList | null) => void
}

/** The tools beside the send button: files and the kind of the message. */
export function ComposerTools({ kind, canAnnounce, onKindChange, onFiles }: ComposerToolsProps) {
  return (
    <span className="message-composer-tools">
      <FilePicker onChoose={onFiles} />
      <KindMenu kind={kind} canAnnounce={canAnnounce} onChange={onKindChange} />
    </span>
  )
}
