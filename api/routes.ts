/** From method and path to what answers: a tree of the paths' parts, so that many endpoints cost no more than few. */
import type { Context, Middleware, Next } from 'koa'
import { parametersOf } from './endpoint.ts'

/** Answers a request whose `context.params` hold what stood in its path. */
export type Handler = (context: Context) => Promise<void>

interface Place {
  /** The next part, as it is written. */
  named: Map<string, Place>
  /** The next part, whatever it is. */
  any: Place | undefined
  handlers: Map<string, { handler: Handler; parameters: string[] }>
}

const newPlace = (): Place => ({ named: new Map(), any: undefined, handlers: new Map() })

export interface Routes {
  /** @param path with `:name` for a part that is any text */
  add(method: string, path: string, handler: Handler): void
  /** Answers what was added; leaves all else to the next. A HEAD is answered as its GET, a path with a slash at its end as without. */
  readonly middleware: Middleware
}

/** @param prefix what all paths begin with, as `/api` */
export function createRoutes(prefix: string): Routes {
  const root = newPlace()
  return {
    add(method, path, handler) {
      let place = root
      for (const part of path.slice(1).split('/')) {
        if (part.startsWith(':')) place = place.any ??= newPlace()
        else {
          const next: Place = place.named.get(part) ?? newPlace()
          place.named.set(part, next)
          place = next
        }
      }
      place.handlers.set(method.toUpperCase(), { handler, parameters: parametersOf(path) })
    },
    middleware(context: Context, next: Next) {
      const { path } = context
      if (!path.startsWith(`${prefix}/`)) return next()
      const parts = path.slice(prefix.length + 1, path.endsWith('/') ? -1 : undefined).split('/')
      const method = context.method === 'HEAD' ? 'GET' : context.method
      const values: string[] = []
      const found = find(root, parts, 0, method, values)
      if (!found) return next()
      const params: Record<string, string> = {}
      for (const [place, name] of found.parameters.entries()) params[name] = decoded(values[place] as string)
      context.params = params
      return found.handler(context)
    },
  }
}

/** A part as it is written goes before any text; where that leads nowhere, the other is tried. */
function find(
  place: Place,
  parts: string[],
  at: number,
  method: string,
  values: string[],
): { handler: Handler; parameters: string[] } | undefined {
  if (at === parts.length) return place.handlers.get(method)
  const part = parts[at] as string
  const named = place.named.get(part)
  const found = named && find(named, parts, at + 1, method, values)
  if (found || !place.any || part === '') return found
  values.push(part)
  const other = find(place.any, parts, at + 1, method, values)
  if (!other) values.pop()
  return other
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
