/** The page for unsubscribing while signed out. Opening it does not unsubscribe. */
import { html } from './html.ts'
import type { UnsubscribeOffer } from './unsubscribe.ts'

const style = html`<style>
  :root { color-scheme: light dark; --paper: #f4f2ec; --sheet: #fff; --ink: #23211d; --faint: #55514a; --line: #dcd8cd; --go: #235c47; --on: #fff; }
  @media (prefers-color-scheme: dark) { :root { --paper: #171614; --sheet: #242320; --ink: #f4f2ec; --faint: #bab6ad; --line: #3b3833; --go: #8cbfa6; --on: #10231b; } }
  body { margin: 0; padding: 3rem 1rem; background: var(--paper); color: var(--ink); font: 400 1rem/1.55 -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, sans-serif; }
  main { max-width: 30rem; margin: 0 auto; padding: 1.75rem; background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; }
  h1 { margin: 0 0 .75rem; font-size: 1.35rem; line-height: 1.3; }
  p { margin: 0 0 1rem; overflow-wrap: anywhere; }
  .faint { color: var(--faint); font-size: .9rem; margin: 1.25rem 0 0; }
  form { display: inline-block; margin: 0 .5rem .5rem 0; }
  button { font: 600 1rem/1.4 inherit; font-family: inherit; padding: .65rem 1.1rem; border-radius: 8px; border: 1px solid var(--go); background: var(--go); color: var(--on); cursor: pointer; }
  button.quiet { background: transparent; color: var(--go); }
  button:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
  a { color: var(--go); }
</style>`

const renderButton = (token: string, label: string, quiet: boolean) => html`<form method="post" action="./${token}">
<input type="hidden" name="List-Unsubscribe" value="One-Click"><button${quiet ? html` class="quiet"` : html``}>${label}</button></form>`

/** HTML of the question, or of the result. */
export function renderUnsubscribePage({ token, everything, category, email, done }: UnsubscribeOffer): string {
  const what = category === null ? 'e-mail from SmartStart' : `e-mail about “${category}”`
  const heading = done ? `No more ${what}` : `Stop ${what}?`
  const rest = category !== null ? renderButton(everything, 'Stop all e-mail', true) : html``
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${heading} · SmartStart</title>${style}</head>
<body><main><h1>${heading}</h1>
<p>${done ? html`It is no longer sent to <strong>${email}</strong>.` : html`It is sent to <strong>${email}</strong>.`}</p>
${done ? rest : html`${renderButton(token, 'Stop it', false)}${rest}`}
<p class="faint">Security messages about your account are always sent. <a href="/">Open SmartStart</a> to change your notification preferences.</p>
</main></body></html>`.text
}
