/** Messages in conversations, over REST. */
import { createSpace, type PersonByName, shareWithRoles } from './builders.ts'
import type { ApiResponse, Person } from './client.ts'

/** The people of a test of conversations: the stranger has no role. */
export const personNames = ['owner', 'editor', 'commenter', 'viewer', 'stranger']

/** Creates a space in which all but the stranger have a role. @returns its id, which is the id of its general channel, too */
export async function createSharedSpace(person: PersonByName): Promise<string> {
  const { id } = await createSpace(person('owner'))
  await shareWithRoles(person, `/api/spaces/${id}`)
  return id
}

/** The path of a conversation. */
export const toConversationPath = (id: string): string => `/api/conversations/${id}`

/** Sends a message to a conversation. @param message its text, or the request body */
export const sendMessage = (sender: Person, id: string, message: object | string): Promise<ApiResponse> =>
  sender.request('POST', `${toConversationPath(id)}/messages`, typeof message === 'string' ? { text: message } : message)

/** The texts of a list of messages. */
export const listTexts = ({ body }: { body: { items: { text: string }[] } }): string[] => body.items.map(({ text }) => text)
