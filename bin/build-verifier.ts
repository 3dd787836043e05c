/** Builds the verifier of evidence bundles as one file that plain Node 20 runs: `web/dist/verify.mjs`. */
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..')

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  // everything but Node's own modules goes into the file
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: 'domain/signing/verify/main.ts',
    target: 'node20',
    outDir: join(root, 'web/dist'),
    emptyOutDir: false,
    minify: true,
    rolldownOptions: { output: { entryFileNames: 'verify.mjs', codeSplitting: false } },
  },
})
