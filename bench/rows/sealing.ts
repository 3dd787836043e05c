/** Row `sealing`: CPU time to seal an agreement of ten pages with three signers, beside a plain PDF export of the same text; bytes of a signature; verification. */
import { renderPages } from '../../domain/signing/seal/pages/render-pages.ts'
import { sealAgreement } from '../../domain/signing/seal/seal-agreement.ts'
import { buildBundle } from '../../domain/signing/bundle/build-bundle.ts'
import { renderPdf } from '../../domain/conversion/export/pdf/pdf.ts'
import { numberContent } from '../../domain/documents/richtext/list-styles.ts'
import { verifyBundle } from '../../domain/signing/verify/bundle.ts'
import { createAgreement, createContent, createSealKeys, createSigner, createText } from '../../test/support/agreements.ts'
import { createEvidence } from '../../test/support/evidence.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'

/** Clauses that fill ten pages, together with the certificate page. */
const clauses = 110
const signers = 3

export const sealing: Row = {
  name: 'sealing',
  title: `sealing an agreement of ten pages with ${signers} signers and the seal, as a multiple of a PDF export of its text; one process, warm`,
  async run({ rounds, short }) {
    const keys = await createSealKeys()
    const content = createContent(clauses)
    const parties = Array.from({ length: signers }, (_, at) => createSigner(at + 1))
    const agreement = createAgreement(parties, createText(content))
    const paper = {
      title: agreement.envelope.title,
      content: numberContent(content, new Map()),
      people: {},
      listStyles: new Map(),
      threads: [],
    }
    const evidence = await createEvidence(agreement, keys)
    const bundle = await buildBundle(evidence, keys)
    const works = {
      exporting: () => renderPdf(paper),
      sealing: () => sealAgreement(agreement, keys),
      bundling: () => buildBundle(evidence, keys),
      verifying: () => verifyBundle(bundle),
    }
    const times: Record<string, number[]> = {}
    for (let round = 0; round < (short ? 3 : rounds * 4); round++)
      for (const [name, work] of Object.entries(works)) (times[name] ??= []).push(await measureCpu(work))
    const cpu = (name: keyof typeof works) => median((times[name] ?? []).slice(1))
    let pageBytes = 0
    const { pdf } = await sealAgreement(agreement, keys, {
      async render(input) {
        const pages = await renderPages(input)
        pageBytes = pages.bytes.length
        return pages
      },
    })
    const milliseconds = (name: keyof typeof works) => `${cpu(name).toFixed(0)} ms`
    printResult(
      'CPU time to seal',
      formatRatio(cpu('sealing') / cpu('exporting')),
      `${milliseconds('sealing')}; export ${milliseconds('exporting')}`,
    )
    const each = (pdf.length - pageBytes) / (signers + 1)
    printResult(
      'bytes of a signature, of its file',
      formatRatio(each / pdf.length),
      `${(each / 1024).toFixed(1)} KB of ${(pdf.length / 1024).toFixed(0)} KB`,
    )
    printResult(
      'CPU time to build and verify the evidence bundle',
      formatRatio((cpu('bundling') + cpu('verifying')) / cpu('sealing')),
      `${milliseconds('bundling')} and ${milliseconds('verifying')}`,
    )
  },
}

/** CPU time of this process, milliseconds. */
async function measureCpu(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
