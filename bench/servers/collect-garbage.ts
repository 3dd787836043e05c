/** Preloaded with `--expose-gc` where memory is compared: SIGUSR2 collects all garbage and gives the pages back to the system. */
process.on('SIGUSR2', () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
