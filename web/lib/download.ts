import { request } from './api-client.ts'

/** Fetches a file and downloads it in the browser. @throws Problem */
export async function downloadFile(path: string, name: string): Promise<void> {
  saveBlob(await request<Blob>('GET', path, { asBlob: true }), name)
}

/** Saves a file that the page has. */
export function saveBlob(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // By then the browser has read it.
  setTimeout(() => URL.revokeObjectURL(url), 30_000)
}

/** Formats a file size: "12 kB". */
export function formatFileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
