import { Button } from '@mantine/core'
import { Download } from 'lucide-react'
import type { Envelope } from '../../lib/api-types.ts'
import { saveBlob } from '../../lib/download.ts'
import numbering from '../rich-text/numbering.css?raw'

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The text on the page as a file that any browser opens, with the hash that is signed. */
function createHtmlFile({ title, contentHash }: Envelope, text: HTMLElement): Blob {
  const style = `body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.65 Georgia,serif}footer{margin-top:3rem;font:.8rem monospace;overflow-wrap:anywhere}table{border-collapse:collapse}td,th{border:1px solid #999;padding:.3rem .5rem}${numbering}`
  const page = `<!doctype html><html><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style></head><body>${text.outerHTML}<footer>SHA-256 of this text: ${contentHash ?? ''}</footer></body></html>`
  return new Blob([page], { type: 'text/html' })
}

/** Downloads the text that is shown in `.envelope-paper`. */
export function TextDownload({ envelope }: { envelope: Envelope }) {
  function download() {
    const text = document.querySelector<HTMLElement>('.envelope-paper .rich-text')
    if (text) saveBlob(createHtmlFile(envelope, text), `${envelope.title}.html`)
  }
  return (
    <Button size="compact-md" variant="subtle" leftSection={<Download size={16} aria-hidden="true" />} onClick={download}>
      Download the text
    </Button>
  )
}
