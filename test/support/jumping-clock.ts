/** Preloaded into a node (`node --import`): each SIGUSR2 moves its clock by `CLOCK_JUMP` milliseconds. */
const SystemDate = Date
let offsetMs = 0
process.on('SIGUSR2', () => {
  offsetMs += Number(process.env.CLOCK_JUMP)
})
class JumpingDate extends SystemDate {
  constructor(...parts: [] | [number]) {
    if (parts.length === 0) super(SystemDate.now() + offsetMs)
    else super(...parts)
  }
  static override now() {
    return SystemDate.now() + offsetMs
  }
}
globalThis.Date = JumpingDate as DateConstructor
