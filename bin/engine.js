// What V8 is told when a server starts, for the sake of those who type. Plain JavaScript that Node 20 can read; run by itself it prints the flags.
import { availableParallelism } from 'node:os'

/** @param {number} cores how many the server has */
export const engineFlags = (cores) => [
  // code that was not run for a while is thrown away, and a node that slept would be slow, and costly, for its first minutes
  '--no-flush-bytecode',
  // a heap that grows slowly is else collected whole whenever it has grown by a fifth, and most of that is bytes on their way
  '--heap-growing-percent=100',
  // where there is one core V8's own threads take it from who answers, and whatever waits in the scheduler's idle class gets it after them;
  // and each collection of the young is a pause of the one thread that is left, so the young are few (MiB)
  ...(cores === 1 ? ['--single-threaded', '--max-semi-space-size=2'] : [`--concurrent-marking-max-worker-num=${cores - 1}`]),
]

if (import.meta.main ?? process.argv[1] === import.meta.filename) console.log(engineFlags(availableParallelism()).join(' '))
