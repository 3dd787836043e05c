/** What a manifest must say: most of it is held by types, which `npm run check` checks. */
import { expect, test } from 'vitest'
import { createSubject } from '../../domain/access/grant.ts'
import { inApp, type NotificationBuilder } from '../../domain/kernel/manifest/notification.ts'
import { defineSlice, type SubjectKind } from '../../domain/kernel/manifest/define-slice.ts'
import { defineHook, register } from '../../domain/kernel/manifest/hook.ts'
import { linkTo, getRegistered, registerSlices, SubjectName, readTitles } from '../../domain/kernel/manifest/registry.ts'
import { slices } from '../../domain/slices.ts'
import { UserCreated } from '../../domain/users/events.ts'

const of = { name: 'things', description: 'Things.' }
const thing: SubjectKind = { titles: async () => new Map(), link: (id) => `/things/${id}` }
const worth = { category: 'thing', priority: 'low', channels: inApp } as const
const build: NotificationBuilder<'thing.made'> = async () => []

test('a manifest without what others need does not compile', () => {
  const link = (id: string) => `/things/${id}`
  const { titles } = thing
  // @ts-expect-error a subject kind has titles
  defineSlice({ ...of, subjects: { thing: { link } } })
  // @ts-expect-error a subject kind has a link
  defineSlice({ ...of, subjects: { thing: { titles } } })
  // @ts-expect-error a kind of live document is a subject kind of the slice
  defineSlice({ ...of, subjects: { thing }, documents: { other: { sections: [] } } })
  // @ts-expect-error a notification type has a builder or is reserved
  defineSlice({ ...of, notifications: { 'thing.made': worth } })
  // @ts-expect-error a builder has an event
  defineSlice({ ...of, notifications: { 'thing.made': { ...worth, build } } })
  // @ts-expect-error a builder builds types of its slice alone
  defineSlice({ ...of, notifications: { 'thing.lost': { ...worth, on: UserCreated, build } } })
  const whole = defineSlice({
    ...of,
    subjects: { thing },
    documents: { thing: { sections: [] } },
    notifications: { 'thing.made': { ...worth, on: UserCreated, build }, 'thing.lost': { ...worth, reserved: true } },
  })
  expect(Object.keys(whole.notifications)).toEqual(['thing.made', 'thing.lost'])
})

test('two slices do not declare the same, and what was registered before stays', () => {
  const twice = (more: object) => () => registerSlices([...slices, defineSlice({ ...of, ...more })])
  expect(twice({ name: 'spaces' })).toThrow('Two slices declare the slice spaces.')
  expect(twice({ subjects: { space: thing } })).toThrow('Two slices declare the subject kind space.')
  expect(twice({ notifications: { general: { ...worth, reserved: true } } })).toThrow('Two slices declare the notification type general.')
  expect(linkTo('space:1')).toBe('/documents/space:1')
})

test('what nobody declares has no title and no link, is no name, and is not created', async () => {
  await expect(createSubject({} as never, 'nothing:1', { owner: '' })).rejects.toThrow('No slice declares the subject kind nothing.')
  expect(await readTitles({} as never, ['nothing:1'])).toEqual(new Map())
  expect(() => linkTo('nothing:1')).toThrow('No slice declares the subject kind nothing.')
  const name = SubjectName(() => ['space', 'legal'])
  expect(name.safeParse('space:01a1fc0a-edfa-7688-b7f5-c95999d90817').success).toBe(true)
  expect(name.safeParse('plan:01a1fc0a-edfa-7688-b7f5-c95999d90817').error?.issues[0]?.message).toBe(
    'takes <kind>:<uuid>; kinds are legal and space',
  )
})

test('a hook has what was registered with it, and nothing else', () => {
  const opened = defineHook<number>('test.opened')
  expect(register(opened, 1)).toEqual({ hook: 'test.opened', registered: 1 })
  expect(getRegistered(opened)).toEqual([])
})
