/** The text to which a party agrees before they sign, by version. Versions are never changed: evidence names them. */

import { query } from '../kernel/operation.ts'
import { allowAnyone } from '../kernel/permission.ts'

export interface Consent {
  version: string
  text: string
}

/** All versions, the newest last. */
export const consents: readonly Consent[] = [
  {
    version: '2026-11',
    text:
      'I agree to do business electronically and to sign this document with an electronic signature. I have read the document. ' +
      'My name, e-mail address, network address, browser and the time are recorded as evidence and shown to all parties. ' +
      'I can decline, and I can ask the sender for a paper copy. This is an electronic signature with integrity evidence; ' +
      'it is not a qualified electronic signature.',
  },
]

export const currentConsent = consents.at(-1) as Consent

/** @returns undefined for an unknown version */
export const findConsent = (version: string): Consent | undefined => consents.find((consent) => consent.version === version)

/** Reads the consent that signers give now. */
export const getConsent = query('signing.getConsent', {
  input: {},
  authorize: allowAnyone,
  execute: async (): Promise<Consent> => currentConsent,
})
