/** Push in the browser that one sits at: leave is asked for when one turns it on, never before. */
import { Switch, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { queries } from './client.ts'
import { explain } from './problem.ts'
import { type PushState, pushState, turnOffPush, turnOnPush } from './push.ts'
import { say } from './toast.ts'

const key = ['push', 'here']

const words: Record<PushState, string> = {
  impossible: 'This browser has no push, or this page did not come over https.',
  blocked: 'This browser was told to block notifications from here. Its settings take that back.',
  off: 'Off: nothing reaches this browser while SmartStart is closed.',
  on: 'On: what you chose above reaches this browser while SmartStart is closed.',
}

/** @param onTurnedOn is called when push was turned on here */
export function PushSwitch({ onTurnedOn }: { onTurnedOn: () => void }) {
  const { data: state = 'off' } = useQuery({ queryKey: key, queryFn: pushState, staleTime: 0 })
  const turn = useMutation({
    mutationFn: (on: boolean) => (on ? turnOnPush() : turnOffPush()),
    onSuccess(now) {
      queries.setQueryData(key, now)
      if (now === 'on') onTurnedOn()
    },
    // a browser says it in its own words; a problem of the server in ours
    onError: (error) => say(explain(error), 'red'),
  })
  return (
    <section className="preferences-part" aria-labelledby="push-here">
      <h2 id="push-here">Push in this browser</h2>
      <Switch
        label="Push in this browser"
        description={<Text span size="sm" c="dimmed" aria-live="polite" children={words[state]} />}
        checked={state === 'on'}
        disabled={turn.isPending || state === 'impossible' || state === 'blocked'}
        onChange={({ currentTarget }) => turn.mutate(currentTarget.checked)}
      />
    </section>
  )
}
