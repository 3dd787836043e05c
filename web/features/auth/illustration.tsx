import { Check } from 'lucide-react'
import type { CSSProperties } from 'react'

const userColor = (colour: string) => ({ '--user-color': colour }) as CSSProperties

/** A sample document with two people's cursors. Decorative. */
export function Illustration() {
  return (
    <div className="auth-illustration" aria-hidden="true">
      <div className="illustration-page">
        <h2>Founders’ agreement</h2>
        <p>
          <span className="illustration-selection" style={userColor('#2f6fb3')}>
            The founders hold equal shares
          </span>
          <span className="illustration-caret" data-name="Ada" style={userColor('#2f6fb3')} /> which vest over four years, with a first year
          of waiting.
        </p>
        <p>
          Whoever leaves keeps what has vested
          <span className="illustration-caret" data-name="Tomás" style={userColor('#ba4c32')} />, and hands back the rest.
        </p>
        <span className="illustration-saved">
          <Check size={14} strokeWidth={2.5} /> Saved
        </span>
      </div>
    </div>
  )
}
