/** Draws a machine as a Mermaid state diagram. */
import { isFinal, listTransitions, type MachineDefinition } from './definition.ts'

/** @param current the state to mark */
export function drawDiagram(machine: MachineDefinition, current?: string): string {
  const arrows = Object.entries(machine.states).flatMap(([state, { on = {} }]) =>
    Object.keys(on).flatMap((event) => listTransitions(machine, state, event).map(({ to }) => `  ${state} --> ${to}: ${event}`)),
  )
  const ends = Object.keys(machine.states).flatMap((state) => (isFinal(machine, state) ? [`  ${state} --> [*]`] : []))
  const mark = current === undefined ? [] : ['  classDef current font-weight:bold,stroke-width:4px', `  class ${current} current`]
  return ['stateDiagram-v2', `  [*] --> ${machine.initial}`, ...new Set(arrows), ...ends, ...mark].join('\n')
}
