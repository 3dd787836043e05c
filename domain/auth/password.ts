/** Passwords: argon2id, and the same answer and time for an unknown address and a wrong password. */
import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { defineEntity, p, times } from '../kernel/entity.ts'
import type { View, Work } from '../kernel/operation.ts'
import { User } from '../users/user.ts'

/** 8 to 200 characters; length is what makes a password strong (NIST SP 800-63B 5.1.1.2). */
export const Password = z.string().min(8).max(200)

const CredentialSchema = defineEntity({
  name: 'Credential',
  tableName: 'credential',
  properties: { userId: p.uuid().primary(), hash: p.string(), ...times() },
})
/** A person's password, as an argon2id PHC string. */
export class Credential extends CredentialSchema.class {}
CredentialSchema.setClass(Credential)

// OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** What an unknown address is checked against, so that it takes as long as a known one. */
const decoy = hash('no account has this password', cost)

export const hashPassword = (password: string): Promise<string> => hash(password, cost)

export function keepPassword(work: Work, userId: string, hashed: string): void {
  work.em.persist(work.em.create(Credential, { userId, hash: hashed }))
}

/** The person whose address and password these are, or undefined. */
export async function checkPassword(view: View, email: string, password: string): Promise<string | undefined> {
  const user = await view.em.findOne(User, { email, status: 'active' })
  // asked for in either case, so that both take the same statements
  const credential = await view.em.findOne(Credential, { userId: user?.id ?? '00000000-0000-0000-0000-000000000000' })
  const matches = await verify(credential?.hash ?? (await decoy), password)
  return user && credential && matches ? user.id : undefined
}
