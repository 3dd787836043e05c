// V8 flags for a server. Plain JavaScript that Node 20 can parse; run directly it prints the flags.
import { availableParallelism } from 'node:os'

/** @param {number} cores of the server */
export const engineFlags = (cores) => [
  // keeps compiled code: otherwise an idle node is slow for minutes after it is used again
  '--no-flush-bytecode',
  // by default a slowly growing heap gets a full collection whenever it has grown by a fifth
  '--heap-growing-percent=100',
  // with one core, helper threads of V8 compete with the main thread, and a small young generation (MiB) keeps its pauses short
  ...(cores === 1 ? ['--single-threaded', '--max-semi-space-size=2'] : [`--concurrent-marking-max-worker-num=${cores - 1}`]),
]

if (import.meta.main ?? process.argv[1] === import.meta.filename) console.log(engineFlags(availableParallelism()).join(' '))
