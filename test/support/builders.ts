/** Creates what most tests need: people, and spaces and drafts that they share. */
import { type ApiResponse, createDraft, type Person, registerPerson } from './client.ts'
import { waitForNotification } from './inbox.ts'

export type Role = 'viewer' | 'commenter' | 'editor' | 'owner'

/** Finds a registered person by name. */
export type PersonByName = (name: string) => Person

/** Registers people one after the other: the first account of an installation is its administrator. @returns them in this order */
export async function registerInOrder<const Names extends readonly string[]>(
  url: string,
  ...names: Names
): Promise<{ [Place in keyof Names]: Person }> {
  const people: Person[] = []
  for (const name of names) people.push(await registerPerson(url, name))
  return people as unknown as { [Place in keyof Names]: Person }
}

/** Registers people as `registerInOrder` does. @returns a function that finds them by name */
export async function registerPeople(url: string, names: readonly string[]): Promise<PersonByName> {
  const people = await registerInOrder(url, ...names)
  return (name) => {
    const person = people.find((registered) => registered.name === name)
    if (!person) throw new Error(`No person is registered as ${name}.`)
    return person
  }
}

/** Registers people as `registerInOrder` does, and waits for their welcome notifications. */
export async function registerWelcomedPeople<const Names extends readonly string[]>(
  url: string,
  ...names: Names
): Promise<{ [Place in keyof Names]: Person }> {
  const people = await registerInOrder(url, ...names)
  await Promise.all(people.map(waitForWelcome))
  return people
}

const waitForWelcome = (person: Person) => waitForNotification(person, ({ type }) => type === 'user.welcome', 'their account')

/** Registers a person and waits for the welcome notification. */
export async function registerWelcomedPerson(url: string, name: string): Promise<Person> {
  const person = await registerPerson(url, name)
  await waitForWelcome(person)
  return person
}

/** Registers a person whose inbox is marked as read. */
export async function registerPersonWithReadInbox(url: string, name: string): Promise<Person> {
  const person = await registerWelcomedPerson(url, name)
  await person.request('PUT', '/api/notifications/read-all')
  return person
}

/** Gives people a role on a subject. @param path for example `/api/spaces/<id>` */
export async function shareSubject(owner: Person, path: string, role: Role, ...people: Person[]): Promise<void> {
  for (const { id, name } of people) {
    const { status, body } = await owner.request('PUT', `${path}/members/${id}`, { role })
    if (status !== 200) throw new Error(`${name} could not become ${role} of ${path}: ${JSON.stringify(body)}`)
  }
}

/** Shares a subject with the people whose names are roles: each gets the role of that name. */
export async function shareWithRoles(person: PersonByName, path: string, roles: Role[] = ['editor', 'commenter', 'viewer']): Promise<void> {
  for (const role of roles) await shareSubject(person('owner'), path, role, person(role))
}

/** Creates a draft and shares it. @returns its document name */
export async function createSharedDraft(owner: Person, people: Partial<Record<Role, Person[]>>, title?: string): Promise<string> {
  const name = await createDraft(owner, title)
  for (const [role, members] of Object.entries(people)) await shareSubject(owner, `/api/documents/${name}`, role as Role, ...members)
  return name
}

/** Creates a space. @returns the response body */
export const createSpace = async (owner: Person, more: object = {}): Promise<any> =>
  (await owner.request('POST', '/api/spaces', { name: 'Team', ...more })).body

/** Creates a comment thread on a whole document. */
export async function createThread(person: Person, documentName: string, text: string): Promise<{ threadId: string; commentId: string }> {
  const { status, body } = await person.request('POST', `/api/documents/${documentName}/comments`, { text })
  if (status !== 201) throw new Error(`${person.name} could not comment on ${documentName}: ${JSON.stringify(body)}`)
  return { threadId: body.id, commentId: body.comments[0].id }
}

export const replyToThread = (person: Person, documentName: string, threadId: string, text: string): Promise<ApiResponse> =>
  person.request('POST', `/api/documents/${documentName}/comments/${threadId}/replies`, { text })
