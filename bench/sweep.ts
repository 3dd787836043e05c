/**
 * Loaded into a server beside it, with `--expose-gc`: when SIGUSR2 asks, garbage is collected and the pages it took are given back, so
 * that resident memory can be compared. An ordinary collection keeps them, which hides more than a connection takes.
 */
process.on('SIGUSR2', () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
