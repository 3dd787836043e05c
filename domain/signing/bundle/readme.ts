/** The README of a bundle, in plain words. */
import { toPlainName } from '../seal/plain-name.ts'
import type { BundleInput } from './bundle-input.ts'

export function writeReadme({ agreement: { envelope, document, parties, publicUrl }, certificates, madeAt }: BundleInput): string {
  const list = parties.map(({ name, role, outcome }, at) => `  ${at + 1}. ${toPlainName(name, 120)} (${role}): ${outcome}`).join('\n')
  return `Evidence of an agreement
========================

Agreement:   ${toPlainName(envelope.title, 200)}
Envelope:    ${envelope.id}
Completed:   ${envelope.completedAt}
Text hash:   ${document.hash} (SHA-256 of content.json)
Root key:    ${certificates.root.keyFingerprint} (SHA-256 of the public key)
Made:        ${madeAt}

Parties:
${list}

How to verify it
----------------
You need Node.js 20 or newer, and nothing else: no network, no account.
Take verify.mjs out of this bundle, or better from a source that you trust, and run:

  node verify.mjs <this bundle>.zip

It prints "valid" when no byte of this bundle was changed since SmartStart made it,
every signature in agreement.pdf is correct, the text has the hash that the parties
signed, and every act is in the audit chain. Otherwise it names what is wrong.

Whether the bundle comes from the installation that it names, only you can decide:
compare the root key above with the one that is published at

  ${publicUrl}/api/legal/authority

What is in it
-------------
  agreement.pdf             the sealed agreement; any PDF program shows its signatures
  content.json              the text that was signed, in its canonical form (RFC 8785)
  envelope.json             the parties, and how, when and from where each acted
  marks/                    drawn signatures
  history/versions.json     named versions of the document
  history/authorship.json   who wrote what
  history/suggestions.json  suggested changes, and who accepted or refused them
  history/approvals.json    approvals, each bound to a text hash
  audit/rows.json           the rows of the audit chain about this agreement, with proofs
  audit/tree-head.json      the signed head of the tree in which the proofs end
  certificates/             the root, the seal, and one certificate for each signer
  manifest.json             the SHA-256 of every file, and manifest.sig, its signature
  verify.mjs                the verifier

What it shows, and what not
---------------------------
It is an electronic signature with integrity evidence; it is not a qualified signature.
The identity of a person is known as far as the stated method goes.
Each act in the audit chain commits to personal data (name, address ...) by a salted hash.
Where such data was erased later, the verifier says so; the act stays proved.
The chain was kept by one installation. That it was not cut off or replaced as a whole is
shown by comparing the tree head with one that somebody else kept.
`
}
