/** A DOM for editors that run in the test process, without a browser. */
import { Window } from 'happy-dom'

/** Globals that editors and the workspace read. `WebSocket` and `fetch` stay those of Node.js. */
const names = [
  'document',
  'Node',
  'Element',
  'HTMLElement',
  'Text',
  'DOMParser',
  'MutationObserver',
  'KeyboardEvent',
  'ClipboardEvent',
  'DataTransfer',
  'DocumentFragment',
  'Range',
  'HTMLStyleElement',
  'getSelection',
  'getComputedStyle',
  'innerWidth',
  'innerHeight',
]

/** Installs the DOM of an empty page as globals. @returns a function that removes it, since other tests share the process */
export function installDom(): () => void {
  const window = new Window({ url: 'http://127.0.0.1/' })
  const values = new Map<string, unknown>([['window', window]])
  for (const name of names) {
    const value: unknown = Reflect.get(window, name)
    values.set(name, typeof value === 'function' && /^[a-z]/.test(name) ? value.bind(window) : value)
  }
  values.set('requestAnimationFrame', (callback: () => void) => setTimeout(callback, 0))
  values.set('cancelAnimationFrame', clearTimeout)
  const before = new Map([...values.keys()].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]))
  for (const [name, value] of values) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
      else Reflect.deleteProperty(globalThis, name)
    }
    void window.happyDOM.close()
  }
}
