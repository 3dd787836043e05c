import './share-dialog.css'
import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '../../lib/clipboard.ts'
import type { Member, User } from '../../lib/api-types.ts'
import { InvitePeople } from './invite-people.tsx'
import { useMemberChange } from './member-changes.ts'
import { MemberRow } from './member-row.tsx'
import { useMemberList } from '../../lib/members.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'
import { FormError } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.ts'

/** Copies the address of a document. */
function DocumentLink({ documentName }: { documentName: string }) {
  const link = `${location.origin}/documents/${documentName}`
  return (
    <Group justify="space-between">
      <Button
        variant="default"
        leftSection={<Link2 size={16} aria-hidden="true" />}
        onClick={() => void copyText(link).then((copied) => showToast(copied ? 'The link is copied.' : link))}
      >
        Copy link
      </Button>
      <Text size="xs" c="dimmed">
        It opens for these people only.
      </Text>
    </Group>
  )
}

interface RemoveMemberDialogProps {
  /** Null before the first removal. */
  member: Member | null
  isSelf: boolean
  opened: boolean
  action: () => Promise<unknown>
  onClose: () => void
}

/** Asks before a member is removed. */
function RemoveMemberDialog({ member, isSelf, opened, action, onClose }: RemoveMemberDialogProps) {
  return (
    <ConfirmDialog
      opened={opened}
      title={`Remove ${member?.name ?? ''}?`}
      buttonLabel="Remove"
      buttonColor="red"
      action={action}
      onClose={onClose}
    >
      {isSelf ? 'You lose' : `${member?.name} loses`} access to this document at once. What is open in other windows closes. An owner can
      give access again.
    </ConfirmDialog>
  )
}

function MemberList({ documentName, user }: { documentName: string; user: User }) {
  const list = useMemberList(documentName, { staleTime: 0 })
  const { changing, resultText } = useMemberChange(documentName)
  const [isRemoving, dialog] = useDisclosure(false)
  const [removed, setRemoved] = useState<Member | null>(null)
  const members = list.data?.items ?? []
  const canChange = members.some(({ userId, role }) => userId === user.id && role === 'owner')

  return (
    <Stack gap="md">
      {canChange && (
        <InvitePeople
          members={members}
          isBusy={changing.isPending}
          onInvite={(person, role) => changing.mutate({ userId: person.id, name: person.name, role })}
        />
      )}
      {list.isPending && <Skeleton h={44} aria-label="Loading" />}
      {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
      <Stack component="ul" gap={0} m={0} p={0} className="member-list" aria-label="People with access">
        {members.map((member) => (
          <MemberRow
            key={`${member.userId}${member.inherited}`}
            member={member}
            isSelf={member.userId === user.id}
            canChange={canChange}
            isBusy={changing.isPending && changing.variables.userId === member.userId}
            onRole={(role) => changing.mutate({ ...member, role })}
            onRemove={() => {
              setRemoved(member)
              dialog.open()
            }}
          />
        ))}
      </Stack>
      {!canChange && list.data && (
        <Text size="sm" c="dimmed">
          Only owners change who has access.
        </Text>
      )}
      <RemoveMemberDialog
        member={removed}
        isSelf={removed?.userId === user.id}
        opened={isRemoving}
        action={async () => removed && changing.mutateAsync({ ...removed, role: null })}
        onClose={dialog.close}
      />
      <div role="status">
        {resultText && (
          <Text size="sm" c="var(--kind-plan)">
            {resultText}
          </Text>
        )}
      </div>
      <FormError message={!isRemoving && changing.error && toErrorMessage(changing.error)} />
      <DocumentLink documentName={documentName} />
    </Stack>
  )
}

interface ShareDialogProps {
  opened: boolean
  onClose: () => void
  documentName: string
  user: User
}

/** The members of a document and their roles. */
export function ShareDialog({ opened, onClose, documentName, user }: ShareDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Share" size="lg">
      <MemberList documentName={documentName} user={user} />
    </Modal>
  )
}
