/** Peer: loads a document by one query over an open connection, decompression and `Y.applyUpdate`. Prints the milliseconds of all, and of the query. */
import { zstdDecompressSync } from 'node:zlib'
import pg from 'pg'
import * as Y from 'yjs'

const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await client.query('select 1')
const began = performance.now()
const { rows } = await client.query<{ state: Buffer }>('select state from document_snapshot where document = $1', [process.env.DOCUMENT])
const queried = performance.now()
Y.applyUpdate(new Y.Doc(), zstdDecompressSync(rows[0]?.state ?? new Uint8Array()))
console.log(`${performance.now() - began} ${queried - began}`)
await client.end()
