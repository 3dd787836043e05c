import { Check } from 'lucide-react'
import type { CSSProperties } from 'react'

const who = (colour: string) => ({ '--who': colour }) as CSSProperties

/** A page with two people in it: what this is about, without a word. */
export function Scene() {
  return (
    <div className="enter-scene" aria-hidden="true">
      <div className="scene-paper">
        <h2>Founders’ agreement</h2>
        <p>
          <span className="scene-mark" style={who('#2f6fb3')}>
            The founders hold equal shares
          </span>
          <span className="scene-caret" data-name="Ada" style={who('#2f6fb3')} /> which vest over four years, with a first year of waiting.
        </p>
        <p>
          Whoever leaves keeps what has vested
          <span className="scene-caret" data-name="Tomás" style={who('#ba4c32')} />, and hands back the rest.
        </p>
        <span className="scene-saved">
          <Check size={14} strokeWidth={2.5} /> Saved
        </span>
      </div>
    </div>
  )
}
