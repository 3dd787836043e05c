/** Runs in a thread of a worker process: kills the process when its node has ended, whatever the process is computing. */
import { readSync } from 'node:fs'

// the node holds the other end of this pipe and never writes: reading ends when the node does, even by SIGKILL
const standardInput = 0
for (;;) {
  try {
    if (readSync(standardInput, Buffer.alloc(1)) === 0) break
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
  }
}
process.kill(process.pid, 'SIGKILL')
