import { ask } from './client.ts'

/** Fetches a file and saves it where the browser saves files. @throws Problem */
export async function saveFile(path: string, name: string): Promise<void> {
  const file = await ask<Blob>('GET', path, { saved: true })
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // the browser has read it by then
  setTimeout(() => URL.revokeObjectURL(address), 30_000)
}

/** How large a file is, as people read it. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
