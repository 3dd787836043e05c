/** What one wants to hear, by which ways, and when not. Each change is kept at once. */
import './inbox.css'
import { ActionIcon, Alert, Checkbox, Group, Select, Skeleton, Switch, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import { ask, queries } from './client.ts'
import type { Preferences } from './contract.ts'
import { Header } from './header.tsx'
import { useTitle } from './lost.tsx'
import { explain } from './problem.ts'
import { PushSwitch } from './push-switch.tsx'
import { say } from './toast.ts'
import { Watches } from './watches.tsx'

const path = '/api/notifications/preferences'
const key = ['inbox', 'preferences']

type Category = keyof Preferences['categories']
const ways = [
  { way: 'in_app', label: 'Inbox' },
  { way: 'email', label: 'Mail' },
  { way: 'push', label: 'Push' },
] as const
const categories: [Category, string][] = [
  ['mention', 'Mentions of me'],
  ['comment', 'Comments'],
  ['suggestion', 'Suggestions'],
  ['document', 'Named versions'],
  ['team', 'Access and roles'],
  ['message', 'Messages'],
  ['venture', 'Ventures'],
  ['legal', 'Signatures'],
  ['buz', 'Tokens'],
  ['payment', 'Payments'],
  ['subscription', 'Subscriptions'],
  ['revenue', 'Revenue'],
  ['system', 'SmartStart itself'],
]
const rhythms = [
  { value: 'immediately', label: 'At once' },
  { value: 'hourly', label: 'Every hour' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
]
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((label, place) => ({
  value: String(place + 1),
  label,
}))
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]

/** What holds, with what is chosen now. */
function withChoice(before: unknown, chosen: unknown): unknown {
  if (typeof chosen !== 'object' || chosen === null || typeof before !== 'object' || before === null) return chosen
  const known = before as Record<string, unknown>
  return { ...known, ...Object.fromEntries(Object.entries(chosen).map(([name, value]) => [name, withChoice(known[name], value)])) }
}

function useChoice() {
  const { mutate } = useMutation({
    mutationFn: (body: object) => ask<Preferences>('PUT', path, { body }),
    // shown as chosen while it is on its way
    onMutate: (body) => {
      void queries.cancelQueries({ queryKey: key }, { revert: false })
      queries.setQueryData(key, (before: unknown) => withChoice(before, body))
    },
    onError: (error) => say(explain(error), 'red'),
    // what was refused shows as it is
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  return mutate
}
type Choose = ReturnType<typeof useChoice>
interface PartProps {
  chosen: Preferences
  choose: Choose
}

/** A time of day. It is kept when it is whole. */
function Time({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  return (
    <TextInput
      type="time"
      label={label}
      key={value}
      defaultValue={value}
      w={120}
      onBlur={({ currentTarget }) =>
        /^\d\d:\d\d$/.test(currentTarget.value) && currentTarget.value !== value && onChange(currentTarget.value)
      }
    />
  )
}

function Ways({ chosen, choose }: PartProps) {
  return (
    <section className="preferences-part" aria-labelledby="ways">
      <h2 id="ways">What reaches me, and how</h2>
      <Text size="sm" c="dimmed" mb="sm">
        Maintenance and warnings about your account always reach you.
      </Text>
      <table className="preferences-table">
        <thead>
          <tr>
            <th scope="col">
              <Text span size="sm" c="dimmed">
                All of it
              </Text>
            </th>
            {ways.map(({ way, label }) => (
              <th key={way} scope="col">
                {label}
                <Switch
                  mt={6}
                  aria-label={`${label}, all of it`}
                  checked={chosen.channels[way]}
                  onChange={(event) => choose({ channels: { [way]: event.currentTarget.checked } })}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {categories.map(([category, words]) => (
            <tr key={category}>
              <th scope="row">{words}</th>
              {ways.map(({ way, label }) => (
                <td key={way}>
                  <Checkbox
                    aria-label={`${words}: ${label}`}
                    checked={chosen.categories[category]?.[way] ?? false}
                    disabled={!chosen.channels[way]}
                    onChange={(event) => choose({ categories: { [category]: { [way]: event.currentTarget.checked } } })}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function QuietHours({ chosen, choose }: PartProps) {
  const { enabled, from, to } = chosen.quietHours
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <section className="preferences-part" aria-labelledby="quiet">
      <h2 id="quiet">Quiet hours</h2>
      <Text size="sm" c="dimmed" mb="sm">
        No mail and no push in these hours. What waits for their end comes as one.
      </Text>
      <Group align="end">
        <Switch
          label="Keep them"
          checked={enabled}
          onChange={(event) => choose({ quietHours: { enabled: event.currentTarget.checked } })}
          mb={8}
        />
        <Time label="From" value={from} onChange={(time) => choose({ quietHours: { from: time } })} />
        <Time label="To" value={to} onChange={(time) => choose({ quietHours: { to: time } })} />
        <Select
          label="Time zone"
          searchable
          data={zones.includes(chosen.timeZone) ? zones : [chosen.timeZone, ...zones]}
          value={chosen.timeZone}
          allowDeselect={false}
          onChange={(timeZone) => timeZone && choose({ timeZone })}
          description={here !== chosen.timeZone && here ? `This browser is in ${here}.` : undefined}
          inputWrapperOrder={['label', 'input', 'description']}
          miw={230}
        />
      </Group>
    </section>
  )
}

function Digest({ chosen, choose, way, label }: PartProps & { way: 'email' | 'push'; label: string }) {
  const { every, at, on } = chosen.digests[way]
  const set = (body: object) => choose({ digests: { [way]: body } })
  return (
    <Group align="end" mt="xs">
      <Select
        label={label}
        data={rhythms}
        value={every}
        allowDeselect={false}
        w={150}
        onChange={(value) => value && set({ every: value })}
      />
      {every === 'weekly' && (
        <Select
          label="On"
          data={days}
          value={String(on)}
          allowDeselect={false}
          w={150}
          onChange={(day) => day && set({ on: Number(day) })}
        />
      )}
      {(every === 'daily' || every === 'weekly') && <Time label="At" value={at} onChange={(time) => set({ at: time })} />}
    </Group>
  )
}

export function PreferencesPage() {
  useTitle('What reaches me')
  const asked = useQuery({ queryKey: key, queryFn: ({ signal }) => ask<Preferences>('GET', path, { signal }) })
  const choose = useChoice()
  const chosen = asked.data
  return (
    <>
      <Header />
      <main id="main" className="page inbox" tabIndex={-1}>
        <Group gap="xs" mb="md" wrap="nowrap">
          <ActionIcon component={Link} href="/inbox" variant="subtle" color="gray" size="lg" aria-label="Back to the inbox">
            <ArrowLeft size={20} aria-hidden="true" />
          </ActionIcon>
          <Title order={1} fz="clamp(1.5rem, 4vw, 2rem)">
            What reaches me
          </Title>
        </Group>
        {asked.error && <Alert color="red">{explain(asked.error)}</Alert>}
        {asked.isPending && <Skeleton h={320} aria-label="Loading" />}
        {chosen && (
          <>
            <Ways chosen={chosen} choose={choose} />
            <PushSwitch onTurnedOn={() => choose({ channels: { push: true } })} />
            <QuietHours chosen={chosen} choose={choose} />
            <section className="preferences-part" aria-labelledby="digests">
              <h2 id="digests">How often</h2>
              <Text size="sm" c="dimmed">
                What is told in between is gathered in one.
              </Text>
              <Digest chosen={chosen} choose={choose} way="email" label="Mail" />
              {chosen.channels.push && <Digest chosen={chosen} choose={choose} way="push" label="Push" />}
            </section>
            <Watches />
          </>
        )}
      </main>
    </>
  )
}
