/** The keys with which one agreement is sealed. */
import type { IssuedCertificate, SigningIdentity } from '../authority/certificates.ts'

export interface SealKeys {
  /** The time at which the signatures are made. */
  now: Date
  /** The root that issued all certificates. */
  root: IssuedCertificate
  /** The platform's own signature. */
  seal: SigningIdentity
  /** Creates a key and a certificate for one signature. @param name any text */
  issue(name: string): Promise<SigningIdentity>
}
