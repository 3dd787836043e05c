/** Static files for browsers: the built workspace, and the API documentation. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import Router from '@koa/router'
import { send } from '@koa/send'
import type { Context, Middleware } from 'koa'
import { DomainError } from '../../domain/kernel/errors.ts'

const workspaceDir = join(import.meta.dirname, '../../web/dist')
const swaggerDir = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const swaggerFiles = new Set(['swagger-ui.css', 'swagger-ui-bundle.js'])

const docsPage = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SmartStart API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/api/docs/swagger-ui-bundle.js"></script><script src="/api/docs/start.js"></script></body></html>`
const docsScript = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#page', deepLinking: true, persistAuthorization: true, tryItOutEnabled: true })`

export function docsRoutes(): Router {
  return new Router()
    .get('/api/docs', (context) => {
      context.type = 'html'
      context.body = docsPage
    })
    .get('/api/docs/start.js', (context) => {
      context.type = 'js'
      context.body = docsScript
    })
    .get('/api/docs/:file', async (context, next) => {
      const { file } = context.params as { file: string }
      if (!swaggerFiles.has(file)) return next()
      await send(context as Parameters<typeof send>[0], file, { root: swaggerDir, maxAge: 3600_000 })
    }) as Router
}

/** Whether a path stays inside its folder: no `..`, backslash or NUL, also when percent-encoded. */
function isPlainPath(path: string): boolean {
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return false
  }
  return !/[\\\0]|(^|\/)\.\.?(\/|$)/.test(decoded)
}

/** Pages that personal links open: not stored, not indexed, not framed, and not named to other sites. */
const linkPages = /^\/sign\/?$/
function protectLinkPage(context: Context): void {
  const policy = String(context.response.get('Content-Security-Policy')).replace(/frame-ancestors [^;]*/, "frame-ancestors 'none'")
  context.set({
    'Cache-Control': 'no-store',
    'X-Robots-Tag': 'noindex',
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
    'Content-Security-Policy': policy,
  })
}

/** Serves the workspace: its files, and its one page for all other paths. */
export function serveWorkspace(): Middleware {
  return async (context: Context, next) => {
    if ((context.method !== 'GET' && context.method !== 'HEAD') || /^\/(api|collab|yjs|notifications)(\/|$)/.test(context.path))
      return next()
    if (!existsSync(join(workspaceDir, 'index.html'))) {
      throw new DomainError('unavailable', 'The workspace is not built. Run `npm start`, or `npx vite build web`.')
    }
    const file = context.path.slice(1)
    if (!isPlainPath(file)) return next()
    if (file && existsSync(join(workspaceDir, file)) && /\.\w+$/.test(file)) {
      const immutable = file.startsWith('assets/')
      await send(context as Parameters<typeof send>[0], file, {
        root: workspaceDir,
        maxAge: immutable ? 365 * 24 * 3600_000 : 0,
        immutable,
      })
    } else if (/\.\w{1,5}$/.test(file)) await next()
    else {
      if (linkPages.test(context.path)) protectLinkPage(context)
      else context.set('Cache-Control', 'no-cache')
      await send(context as Parameters<typeof send>[0], 'index.html', { root: workspaceDir })
    }
  }
}
