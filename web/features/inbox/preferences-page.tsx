/** Notification preferences: categories, channels, quiet hours, digests. Each change is saved at once. */
import './inbox.css'
import { ActionIcon, Alert, Checkbox, Group, Select, Skeleton, Switch, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import { request, queryClient } from '../../lib/api-client.ts'
import type { Preferences } from '../../lib/api-types.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { PushSwitch } from './push-switch.tsx'
import { showToast } from '../../ui/toast.ts'
import { WatchList } from './watch-list.tsx'

const path = '/api/notifications/preferences'
const key = ['inbox', 'preferences']

type Category = keyof Preferences['categories']
const channels = [
  { channel: 'in_app', label: 'Inbox' },
  { channel: 'email', label: 'Mail' },
  { channel: 'push', label: 'Push' },
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
const digestFrequencies = [
  { value: 'immediately', label: 'At once' },
  { value: 'hourly', label: 'Every hour' },
  { value: 'daily', label: 'Every day' },
  { value: 'weekly', label: 'Every week' },
]
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'].map((label, index) => ({
  value: String(index + 1),
  label,
}))
const timeZones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC')]

/** Merges a change into the current preferences. */
function mergePreferences(current: unknown, change: unknown): unknown {
  if (typeof change !== 'object' || change === null || typeof current !== 'object' || current === null) return change
  const fields = current as Record<string, unknown>
  return { ...fields, ...Object.fromEntries(Object.entries(change).map(([name, value]) => [name, mergePreferences(fields[name], value)])) }
}

function usePreferencesUpdate() {
  const { mutate } = useMutation({
    mutationFn: (body: object) => request<Preferences>('PUT', path, { body }),
    // Show the change before the server answers.
    onMutate: (body) => {
      void queryClient.cancelQueries({ queryKey: key }, { revert: false })
      queryClient.setQueryData(key, (current: unknown) => mergePreferences(current, body))
    },
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    // Show the stored value again if the change was rejected.
    onSettled: () => queryClient.invalidateQueries({ queryKey: key }),
  })
  return mutate
}
type UpdatePreferences = ReturnType<typeof usePreferencesUpdate>
interface PreferencesProps {
  preferences: Preferences
  update: UpdatePreferences
}

/** A time of day. Saved once it is complete. */
function TimeInput({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
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

function ChannelTable({ preferences, update }: PreferencesProps) {
  return (
    <section className="preferences-section" aria-labelledby="ways">
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
            {channels.map(({ channel, label }) => (
              <th key={channel} scope="col">
                {label}
                <Switch
                  mt={6}
                  aria-label={`${label}, all of it`}
                  checked={preferences.channels[channel]}
                  onChange={(event) => update({ channels: { [channel]: event.currentTarget.checked } })}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {categories.map(([category, categoryLabel]) => (
            <tr key={category}>
              <th scope="row">{categoryLabel}</th>
              {channels.map(({ channel, label }) => (
                <td key={channel}>
                  <Checkbox
                    aria-label={`${categoryLabel}: ${label}`}
                    checked={preferences.categories[category]?.[channel] ?? false}
                    disabled={!preferences.channels[channel]}
                    onChange={(event) => update({ categories: { [category]: { [channel]: event.currentTarget.checked } } })}
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

function QuietHours({ preferences, update }: PreferencesProps) {
  const { enabled, from, to } = preferences.quietHours
  const browserTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <section className="preferences-section" aria-labelledby="quiet">
      <h2 id="quiet">Quiet hours</h2>
      <Text size="sm" c="dimmed" mb="sm">
        No mail and no push in these hours. What waits for their end comes as one.
      </Text>
      <Group align="end">
        <Switch
          label="Keep them"
          checked={enabled}
          onChange={(event) => update({ quietHours: { enabled: event.currentTarget.checked } })}
          mb={8}
        />
        <TimeInput label="From" value={from} onChange={(time) => update({ quietHours: { from: time } })} />
        <TimeInput label="To" value={to} onChange={(time) => update({ quietHours: { to: time } })} />
        <Select
          label="Time zone"
          searchable
          data={timeZones.includes(preferences.timeZone) ? timeZones : [preferences.timeZone, ...timeZones]}
          value={preferences.timeZone}
          allowDeselect={false}
          onChange={(timeZone) => timeZone && update({ timeZone })}
          description={browserTimeZone !== preferences.timeZone && browserTimeZone ? `This browser is in ${browserTimeZone}.` : undefined}
          inputWrapperOrder={['label', 'input', 'description']}
          miw={230}
        />
      </Group>
    </section>
  )
}

function Digest({ preferences, update, channel, label }: PreferencesProps & { channel: 'email' | 'push'; label: string }) {
  const { every, at, on } = preferences.digests[channel]
  const updateDigest = (body: object) => update({ digests: { [channel]: body } })
  return (
    <Group align="end" mt="xs">
      <Select
        label={label}
        data={digestFrequencies}
        value={every}
        allowDeselect={false}
        w={150}
        onChange={(value) => value && updateDigest({ every: value })}
      />
      {every === 'weekly' && (
        <Select
          label="On"
          data={weekdays}
          value={String(on)}
          allowDeselect={false}
          w={150}
          onChange={(day) => day && updateDigest({ on: Number(day) })}
        />
      )}
      {(every === 'daily' || every === 'weekly') && <TimeInput label="At" value={at} onChange={(time) => updateDigest({ at: time })} />}
    </Group>
  )
}

export function PreferencesPage() {
  usePageTitle('What reaches me')
  const query = useQuery({ queryKey: key, queryFn: ({ signal }) => request<Preferences>('GET', path, { signal }) })
  const update = usePreferencesUpdate()
  const preferences = query.data
  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <Group gap="xs" mb="md" wrap="nowrap">
          <ActionIcon component={Link} href="/inbox" variant="subtle" color="gray" size="lg" aria-label="Back to the inbox">
            <ArrowLeft size={20} aria-hidden="true" />
          </ActionIcon>
          <Title order={1} fz="clamp(1.5rem, 4vw, 2rem)">
            What reaches me
          </Title>
        </Group>
        {query.error && <Alert color="red">{toErrorMessage(query.error)}</Alert>}
        {query.isPending && <Skeleton h={320} aria-label="Loading" />}
        {preferences && (
          <>
            <ChannelTable preferences={preferences} update={update} />
            <PushSwitch onTurnedOn={() => update({ channels: { push: true } })} />
            <QuietHours preferences={preferences} update={update} />
            <section className="preferences-section" aria-labelledby="digests">
              <h2 id="digests">How often</h2>
              <Text size="sm" c="dimmed">
                What is told in between is gathered in one.
              </Text>
              <Digest preferences={preferences} update={update} channel="email" label="Mail" />
              {preferences.channels.push && <Digest preferences={preferences} update={update} channel="push" label="Push" />}
            </section>
            <WatchList />
          </>
        )}
      </main>
    </>
  )
}
