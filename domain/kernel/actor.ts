/** Actors, who perform operations, and the authors that are stored for them. */

/** An access token of a session, with which a person signs in. */
export interface SessionCredential {
  kind: 'session'
  sessionId: string
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Set while only the signature of the token was checked, not its session. */
  unconfirmed?: true
}

/** The token of an agent or of a link. */
export interface TokenCredential {
  kind: 'token'
  tokenId: string
  /** Milliseconds since 1970; null where it does not expire. */
  expiresAt: number | null
}

/** Somebody with an account. */
export interface PersonActor {
  kind: 'person'
  id: string
  onBehalfOf?: undefined
  credential: SessionCredential
  admin: boolean
}

/** A program (`agent`), or someone without an account (`link`: a signer, a guest). It can do what the roles of its own id allow. */
export interface TokenActor {
  kind: 'agent' | 'link'
  id: string
  /** The id of the person for whom it acts. */
  onBehalfOf?: string
  credential: TokenCredential
}

/**
 * An actor without an id: someone who is not signed in (`anonymous`), or SmartStart itself (`system`), as when it loads documents or runs
 * jobs.
 */
export interface NamelessActor {
  kind: 'anonymous' | 'system'
  id: null
  onBehalfOf?: undefined
  credential: null
}

export type Actor = PersonActor | TokenActor | NamelessActor

export const anonymous: Actor = { kind: 'anonymous', id: null, credential: null }
export const system: Actor = { kind: 'system', id: null, credential: null }

/** The kind and the ids of an author. */
export interface StoredAuthor {
  kind: 'person' | 'agent' | 'link'
  id: string
  onBehalfOf: string | null
}

/**
 * Formats an actor as the author of edits and requests: a person's id, `agent:<id>` or `link:<id>`. `/<person id>` follows where the actor
 * acts on behalf of a person.
 * @returns null for actors without an id
 */
export function formatAuthor({ kind, id, onBehalfOf }: Actor): string | null {
  if (kind !== 'agent' && kind !== 'link') return id
  return `${kind}:${id}${onBehalfOf === undefined ? '' : `/${onBehalfOf}`}`
}

/** Parses a string that `formatAuthor` returned. */
export function parseAuthor(author: string): StoredAuthor {
  const [, kind, id, onBehalfOf = null] = /^(agent|link):([^/]+)(?:\/(.+))?$/.exec(author) ?? [author, 'person', author]
  return { kind: kind as StoredAuthor['kind'], id: id as string, onBehalfOf }
}

/** The id of the person, agent or link in a string that `formatAuthor` returned. */
export const authorIdOf = <A extends string | null | undefined>(author: A): string | A =>
  author?.includes(':') ? parseAuthor(author).id : author
