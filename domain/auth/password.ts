/** Passwords: argon2id over the Unicode form NFC, with the same response and time for an unknown address and a wrong password. */
import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { defineEntity, p, timestamps } from '../kernel/entity.ts'
import { LockMode } from '@mikro-orm/core'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { findActiveUser, type AccountKey } from '../users/account.ts'

/**
 * A new password: 8 to 200 characters; its length makes it strong (NIST SP 800-63B 5.1.1.2). In the Unicode form NFC, so that the same
 * letters are the same password on every keyboard (RFC 8265 4.2).
 */
export const Password = z.string().normalize('NFC').min(8).max(200)
/** A typed password, to be checked. The form NFD of 200 characters is longer. */
export const TypedPassword = z.string().min(1).max(1000)

const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credential',
  properties: { userId: p.uuid().primary(), hash: p.string(), ...timestamps() },
})
/** A person's password, as an argon2id PHC string. */
export class Credential extends CredentialSchema.class {}
CredentialSchema.setClass(Credential)

// OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Checked for an unknown address, so that it takes as long as for a known one. */
const decoy = hash('no account has this password', cost)

export const hashPassword = (password: string): Promise<string> => hash(password, cost)

export function storePassword(work: CommandContext, userId: string, hashed: string): void {
  work.em.persist(work.em.create(Credential, { userId, hash: hashed }))
}

/** A correct password. */
export interface CheckedPassword {
  userId: string
  /** The hash that it was checked against. */
  hash: string
  /** Replaces a hash of another Unicode form. */
  rehashed: string | undefined
}

/** Checks a password; undefined when it is wrong. Takes as long for a person who does not exist. */
export async function checkPassword(view: QueryContext, whose: AccountKey, typed: string): Promise<CheckedPassword | undefined> {
  const user = await findActiveUser(view, whose)
  // queried in both cases, so that both run the same statements
  const credential = await view.em.findOne(Credential, { userId: user?.id ?? '00000000-0000-0000-0000-000000000000' })
  const storedHash = credential?.hash ?? (await decoy)
  const password = typed.normalize('NFC')
  const isRight = await verify(storedHash, password)
  // older hashes were not normalized
  const isRightAsTyped = !isRight && typed !== password && (await verify(storedHash, typed))
  if (!user || !credential || !(isRight || isRightAsTyped)) return undefined
  return { userId: user.id, hash: storedHash, rehashed: isRightAsTyped ? await hashPassword(password) : undefined }
}

/**
 * Locks the credential that a password was checked against; undefined where it has changed. So no session is opened with a password that is
 * being changed.
 */
export async function lockCredential(work: CommandContext, { userId, hash: checked }: CheckedPassword): Promise<Credential | undefined> {
  const credential = await work.em.findOne(Credential, { userId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  return credential?.hash === checked ? credential : undefined
}
