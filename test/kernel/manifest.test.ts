/** Required parts of a manifest. Most are checked by types (`npm run check`). */
import { expect, test } from 'vitest'
import { createSubject } from '../../domain/access/grant.ts'
import { inApp, type NotificationBuilder } from '../../domain/kernel/manifest/notification.ts'
import { defineSlice, type SubjectKind } from '../../domain/kernel/manifest/define-slice.ts'
import { defineHook, register } from '../../domain/kernel/manifest/hook.ts'
import { linkTo, getRegistered, registerSlices, SubjectName, readTitles } from '../../domain/kernel/manifest/registry.ts'
import { slices } from '../../domain/slices.ts'
import { UserCreated } from '../../domain/users/events.ts'

const base = { name: 'things', description: 'Things.' }
const thing: SubjectKind = { titles: async () => new Map(), link: (id) => `/things/${id}` }
const notificationType = { category: 'thing', priority: 'low', channels: inApp } as const
const build: NotificationBuilder<'thing.made'> = async () => []

test('a manifest without a required part does not compile', () => {
  const link = (id: string) => `/things/${id}`
  const { titles } = thing
  // @ts-expect-error a subject kind has titles
  defineSlice({ ...base, subjects: { thing: { link } } })
  // @ts-expect-error a subject kind has a link
  defineSlice({ ...base, subjects: { thing: { titles } } })
  // @ts-expect-error a kind of live document is a subject kind of the slice
  defineSlice({ ...base, subjects: { thing }, documents: { other: { sections: [] } } })
  // @ts-expect-error a notification type has a builder or is reserved
  defineSlice({ ...base, notifications: { 'thing.made': notificationType } })
  // @ts-expect-error a builder has an event
  defineSlice({ ...base, notifications: { 'thing.made': { ...notificationType, build } } })
  // @ts-expect-error a builder builds only types of its slice
  defineSlice({ ...base, notifications: { 'thing.lost': { ...notificationType, on: UserCreated, build } } })
  const slice = defineSlice({
    ...base,
    subjects: { thing },
    documents: { thing: { sections: [] } },
    notifications: { 'thing.made': { ...notificationType, on: UserCreated, build }, 'thing.lost': { ...notificationType, reserved: true } },
  })
  expect(Object.keys(slice.notifications)).toEqual(['thing.made', 'thing.lost'])
})

test('two slices cannot declare the same name; a failed registration changes nothing', () => {
  const registerWith = (more: object) => () => registerSlices([...slices, defineSlice({ ...base, ...more })])
  expect(registerWith({ name: 'spaces' })).toThrow('Two slices declare the slice spaces.')
  expect(registerWith({ subjects: { space: thing } })).toThrow('Two slices declare the subject kind space.')
  expect(registerWith({ notifications: { general: { ...notificationType, reserved: true } } })).toThrow(
    'Two slices declare the notification type general.',
  )
  expect(linkTo('space:1')).toBe('/documents/space:1')
})

test('an undeclared subject kind has no title and no link, is not a valid name, and cannot be created', async () => {
  await expect(createSubject({} as never, 'nothing:1', { owner: '' })).rejects.toThrow('No slice declares the subject kind nothing.')
  expect(await readTitles({} as never, ['nothing:1'])).toEqual(new Map())
  expect(() => linkTo('nothing:1')).toThrow('No slice declares the subject kind nothing.')
  const name = SubjectName(() => ['space', 'legal'])
  expect(name.safeParse('space:01a1fc0a-edfa-7688-b7f5-c95999d90817').success).toBe(true)
  expect(name.safeParse('plan:01a1fc0a-edfa-7688-b7f5-c95999d90817').error?.issues[0]?.message).toBe(
    'takes <kind>:<uuid>; kinds are legal and space',
  )
})

test('a hook returns only what was registered for it', () => {
  const hook = defineHook<number>('test.opened')
  expect(register(hook, 1)).toEqual({ hook: 'test.opened', registered: 1 })
  expect(getRegistered(hook)).toEqual([])
})
