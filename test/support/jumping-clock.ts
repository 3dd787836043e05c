/** Loaded into a node before all else (`node --import`): its clock jumps, by what `CLOCK_JUMP` says in milliseconds, with each SIGUSR2. */
const Real = Date
let jumped = 0
process.on('SIGUSR2', () => {
  jumped += Number(process.env.CLOCK_JUMP)
})
class JumpingDate extends Real {
  constructor(...parts: [] | [number]) {
    if (parts.length === 0) super(Real.now() + jumped)
    else super(...parts)
  }
  static override now() {
    return Real.now() + jumped
  }
}
globalThis.Date = JumpingDate as DateConstructor
