/** Turns push on or off in this browser. Permission is asked for only when the user turns it on. */
import { Switch, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { queryClient } from '../../lib/api-client.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { type PushState, readPushState, turnOffPush, turnOnPush } from './push-subscription.ts'
import { showToast } from '../../ui/toast.ts'

const key = ['push', 'here']

const pushStateLabels: Record<PushState, string> = {
  unsupported: 'This browser has no push, or this page did not come over https.',
  blocked: 'This browser was told to block notifications from here. Its settings take that back.',
  off: 'Off: nothing reaches this browser while SmartStart is closed.',
  on: 'On: what you chose above reaches this browser while SmartStart is closed.',
}

/** @param onTurnedOn called after push was turned on */
export function PushSwitch({ onTurnedOn }: { onTurnedOn: () => void }) {
  const { data: state = 'off' } = useQuery({ queryKey: key, queryFn: readPushState, staleTime: 0 })
  const switching = useMutation({
    mutationFn: (isOn: boolean) => (isOn ? turnOnPush() : turnOffPush()),
    onSuccess(next) {
      queryClient.setQueryData(key, next)
      if (next === 'on') onTurnedOn()
    },
    // Browser errors and server problems both have a readable message.
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return (
    <section className="preferences-section" aria-labelledby="push-here">
      <h2 id="push-here">Push in this browser</h2>
      <Switch
        label="Push in this browser"
        description={<Text span size="sm" c="dimmed" aria-live="polite" children={pushStateLabels[state]} />}
        checked={state === 'on'}
        disabled={switching.isPending || state === 'unsupported' || state === 'blocked'}
        onChange={({ currentTarget }) => switching.mutate(currentTarget.checked)}
      />
    </section>
  )
}
