import './share.css'
import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { ask, queries } from './client.ts'
import { copyText } from './clipboard.ts'
import type { Enforced, Enforcement, Member, Page, Role, User } from './contract.ts'
import { Invite } from './invite.tsx'
import { MemberRow } from './member-row.tsx'
import { explain } from './problem.ts'
import { say } from './toast.ts'

/** How far a change of access has got, in words. */
export function inWords({ nodes, confirmed, milliseconds }: Enforcement): string {
  const time = `after ${Math.max(1, Math.round(milliseconds))} ms`
  if (confirmed >= nodes) return `In force on ${confirmed} of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} ${time}.`
  return `In force on ${confirmed} of ${nodes} nodes ${time}; the others follow as soon as they answer.`
}

interface Change {
  userId: string
  name: string
  role: Role | null
}

function MemberList({ documentName, user }: { documentName: string; user: User }) {
  const [done, setDone] = useState('')
  const path = `/api/documents/${documentName}/members`
  const list = useQuery({
    queryKey: ['members', documentName],
    queryFn: ({ signal }) => ask<Page<Member>>('GET', path, { signal }),
    staleTime: 0,
  })
  const changing = useMutation({
    mutationFn: ({ userId, role }: Change) =>
      role ? ask<Enforced>('PUT', `${path}/${userId}`, { body: { role } }) : ask<Enforced>('DELETE', `${path}/${userId}`),
    onSuccess: ({ enforcement }, { name, role }) => {
      setDone(`${name} ${role ? 'has the new role' : 'is out'}. ${inWords(enforcement)}`)
    },
    onMutate: () => setDone(''),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['document', documentName] })
      return queries.invalidateQueries({ queryKey: ['members', documentName] })
    },
  })

  const members = list.data?.items ?? []
  const mayChange = members.some(({ userId, role }) => userId === user.id && role === 'owner')
  const link = `${location.origin}/documents/${documentName}`

  return (
    <Stack gap="md">
      {mayChange && (
        <Invite
          members={members}
          busy={changing.isPending}
          onInvite={(person, role) => changing.mutate({ userId: person.id, name: person.name, role })}
        />
      )}
      {list.isPending && <Skeleton h={44} aria-label="Loading" />}
      {list.error && <Alert color="red">{explain(list.error)}</Alert>}
      <Stack component="ul" gap={0} m={0} p={0} className="members" aria-label="People with access">
        {members.map((member) => (
          <MemberRow
            key={`${member.userId}${member.inherited}`}
            member={member}
            me={member.userId === user.id}
            mayChange={mayChange}
            busy={changing.isPending && changing.variables.userId === member.userId}
            onRole={(role) => changing.mutate({ ...member, role })}
            onRemove={() => changing.mutate({ ...member, role: null })}
          />
        ))}
      </Stack>
      {!mayChange && list.data && (
        <Text size="sm" c="dimmed">
          Only owners change who has access.
        </Text>
      )}
      <div role="status">
        {done && (
          <Text size="sm" c="var(--kind-plan)">
            {done}
          </Text>
        )}
      </div>
      <div role="alert">{changing.error && <Alert color="red">{explain(changing.error)}</Alert>}</div>
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<Link2 size={16} aria-hidden="true" />}
          onClick={() => void copyText(link).then((copied) => say(copied ? 'The link is copied.' : link))}
        >
          Copy link
        </Button>
        <Text size="xs" c="dimmed">
          It opens for these people only.
        </Text>
      </Group>
    </Stack>
  )
}

interface ShareProps {
  opened: boolean
  onClose: () => void
  documentName: string
  user: User
}

/** Who may do what with a document. */
export function Share({ opened, onClose, documentName, user }: ShareProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Share" size="lg">
      <MemberList documentName={documentName} user={user} />
    </Modal>
  )
}
