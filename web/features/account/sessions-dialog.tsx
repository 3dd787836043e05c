import { Alert, Badge, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Page, SessionRecord } from '../../lib/api-types.ts'
import { formatRelativeTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'
import { signOutEverywhere } from './sign-out.tsx'
import { showToast } from '../../ui/toast.ts'

const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/^curl/, 'curl'],
  [/^node|undici/i, 'Node'],
]
const systems: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS/, 'macOS'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
]

/** Names a browser and its system from the User-Agent header: "Firefox on Linux". */
function toDeviceName(userAgent: string | null): string {
  const find = (table: [RegExp, string][]) => table.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1]
  return [find(browsers) ?? 'An unknown client', find(systems)].filter(Boolean).join(' on ')
}

/** Lists the user's sessions; each can be ended. */
export function SessionsDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { user } = useSession()
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => request<Page<SessionRecord>>('GET', '/api/auth/sessions?limit=100', { signal }),
    enabled: opened,
  })
  const ending = useMutation({
    mutationFn: (id: string) => request('DELETE', `/api/auth/sessions/${id}`),
    onSuccess: () => showToast('That session has ended.'),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sessions'] }),
  })

  return (
    <Modal opened={opened} onClose={onClose} title="Where you are signed in">
      {list.isPending && <Loader type="dots" aria-label="Loading" />}
      {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {list.data?.items.map((session) => (
          <Group
            component="li"
            key={session.id}
            justify="space-between"
            wrap="nowrap"
            py="sm"
            style={{ borderBottom: '1px solid var(--border-color)' }}
          >
            <div style={{ minWidth: 0 }}>
              <Group gap="xs">
                <Text fw={600}>{toDeviceName(session.userAgent)}</Text>
                {session.current && <Badge variant="light">This one</Badge>}
              </Group>
              <Text size="sm" c="dimmed">
                Used {formatRelativeTime(session.lastUsedAt)}
                {session.address && `, from ${session.address}`}
              </Text>
            </div>
            {!session.current && (
              <Button
                size="xs"
                variant="default"
                loading={ending.isPending && ending.variables === session.id}
                onClick={() => ending.mutate(session.id)}
                aria-label={`End the session of ${toDeviceName(session.userAgent)}, used ${formatRelativeTime(session.lastUsedAt)}`}
              >
                End
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      <Group justify="flex-end" mt="lg">
        <Button variant="subtle" color="red" onClick={() => user && void signOutEverywhere(user.id)}>
          Sign out everywhere
        </Button>
      </Group>
    </Modal>
  )
}
