/**
 * Backup files of an embedded installation: one line of JSON header, a tar archive of DATA_DIR compressed with Zstandard, and the SHA-256
 * of everything before it.
 * `tail -n +2 <file> | head -c -32 | zstd -d | tar t` lists the files.
 */
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, readdirSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { extract, type Header, pack, type Pack } from 'tar-stream'
import { backupSocketFile } from '../db/data-dir.ts'

/** The first line of a backup file. */
export interface BackupHeader {
  format: number
  /** The SmartStart version that made the backup. */
  version: string
  madeAt: string
}

/** The file is not a backup, or is incomplete. The message is one sentence for the operator. */
export class InvalidBackupError extends Error {}

const magic = 'SmartStart backup '
const format = 1
const digestBytes = 32
const maxHeaderBytes = 4096

/** Files of a running process, and files that a restore writes again. */
const excludedFiles = new RegExp(`^(lock(\\..*)?|lost\\+found|${backupSocketFile.replace('.', '\\.')}|.*\\.unfinished)$`)

/**
 * Packs a data directory. Nothing may write to it in the meantime.
 * @param includes whether a file is packed, by its path in the directory
 */
export async function* packDirectory(
  dataDir: string,
  version: string,
  includes: (path: string) => boolean = () => true,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const header: BackupHeader = { format, version, madeAt: new Date().toISOString() }
  const line = Buffer.from(`${magic}${JSON.stringify(header)}\n`)
  hash.update(line)
  yield line
  const archive = pack()
  const packed = createZstdCompress()
  pipeline(archive as unknown as NodeJS.ReadableStream, packed, () => {})
  const added = addFiles(archive, dataDir, includes).catch((error: Error) => void packed.destroy(error))
  try {
    for await (const chunk of packed as AsyncIterable<Buffer>) {
      hash.update(chunk)
      yield chunk
    }
    await added
  } finally {
    archive.destroy()
    packed.destroy()
  }
  yield hash.digest()
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>

async function addFiles(archive: Pack, dataDir: string, includes: (path: string) => boolean): Promise<void> {
  const names = (readdirSync(dataDir, { recursive: true }) as string[]).filter((path) => !excludedFiles.test(path)).toSorted()
  for (const path of names) {
    const stat = statSync(join(dataDir, path))
    const name = path.split(sep).join('/')
    const entryHeader: EntryHeader = { name, mode: stat.mode & 0o777, mtime: stat.mtime, type: stat.isDirectory() ? 'directory' : 'file' }
    if (stat.isDirectory()) archive.entry(entryHeader)
    else if (stat.isFile() && includes(name)) await addFile(archive, join(dataDir, path), { ...entryHeader, size: stat.size })
  }
  archive.finalize()
}

function addFile(archive: Pack, path: string, entryHeader: EntryHeader): Promise<void> {
  return new Promise((done, failed) => {
    const entry = archive.entry(entryHeader, (error) => (error ? failed(error) : done()))
    if (entryHeader.size === 0) return void entry.end(undefined)
    pipeline(createReadStream(path, { end: (entryHeader.size as number) - 1 }), entry as unknown as NodeJS.WritableStream, (error) => {
      if (error) failed(error)
    })
  })
}

/** Byte range of the archive in a backup file. */
interface ArchiveRange {
  header: BackupHeader
  start: number
  end: number
}

/** Reads the whole file and checks that it is a complete, unaltered backup. @throws InvalidBackupError */
export async function verifyBackup(path: string): Promise<ArchiveRange> {
  const file = await open(path, 'r').catch((error: Error) => {
    throw new InvalidBackupError(`${path} cannot be read: ${error.message}.`)
  })
  try {
    const { size } = await file.stat()
    const { line, header } = await readHeader(file, path)
    const end = size - digestBytes
    const checksumError = new InvalidBackupError(
      `${path} is incomplete or was changed: the checksum does not match. Use another copy of the backup.`,
    )
    if (end < line.length) throw checksumError
    const hash = createHash('sha256')
    await piped(createReadStream(path, { end: end - 1 }), hash)
    const digest = Buffer.alloc(digestBytes)
    await file.read(digest, 0, digestBytes, end)
    if (!digest.equals(hash.digest())) throw checksumError
    if (header.format !== format) {
      throw new InvalidBackupError(
        `${path} has backup format ${header.format} of SmartStart ${header.version}. Restore it with that version.`,
      )
    }
    return { header, start: line.length, end: end - 1 }
  } finally {
    await file.close()
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ line: Buffer; header: BackupHeader }> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(maxHeaderBytes), 0, maxHeaderBytes, 0)
  const line = buffer.subarray(0, Math.min(bytesRead, buffer.indexOf('\n') + 1))
  const firstLine = line.toString()
  try {
    if (!firstLine.startsWith(magic)) throw new Error('another first line')
    return { line, header: JSON.parse(firstLine.slice(magic.length)) as BackupHeader }
  } catch {
    throw new InvalidBackupError(`${path} is not a SmartStart backup.`)
  }
}

/** Unpacks a verified backup into a folder and syncs it to disk. @returns how many files */
export async function unpackBackup(path: string, { start, end }: ArchiveRange, into: string): Promise<number> {
  const archive = extract()
  const unpacking = piped(createReadStream(path, { start, end }), createZstdDecompress(), archive as unknown as NodeJS.WritableStream)
  // the loop below reports its failure
  unpacking.catch(() => {})
  let files = 0
  for await (const entry of archive) {
    const { name, type, mode } = entry.header
    const target = resolve(into, name)
    if (!target.startsWith(into + sep)) throw new InvalidBackupError(`${path} contains a file outside of its folder (${name}).`)
    if (type === 'directory') {
      mkdirSync(target, { recursive: true, mode: mode ?? 0o700 })
      entry.resume()
      continue
    }
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    await piped(entry as unknown as NodeJS.ReadableStream, createWriteStream(target, { flags: 'wx', mode: mode ?? 0o600, flush: true }))
    files++
  }
  await unpacking
  return files
}
