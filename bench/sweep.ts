/** Loaded into a server beside it, with `--expose-gc`: garbage is collected when SIGUSR2 asks, so that memory can be compared. */
process.on('SIGUSR2', () => globalThis.gc?.())
