/** The files of the workspace, as a browser loads them. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { isWorkspaceBuilt, missingWorkspaceReason } from '../support/browser.ts'
import { sendRequest } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

if (!isWorkspaceBuilt) console.log(`Not tested here: the files of the workspace, as ${missingWorkspaceReason}.`)

let node: Node
beforeAll(async () => {
  if (isWorkspaceBuilt) node = await getEmptyNode()
})

test.skipIf(!isWorkspaceBuilt)('every path of the workspace returns its page', async () => {
  for (const path of ['/', '/some/page']) {
    const { status, body, headers } = await sendRequest(node.url, 'GET', path)
    expect([path, status, headers.get('cache-control')]).toEqual([path, 200, 'no-cache'])
    expect(body).toContain('<!doctype html>')
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
  }
})

test.skipIf(!isWorkspaceBuilt)('a missing file returns a not-found problem', async () => {
  for (const path of ['/assets/none.js', '/../package.json']) {
    const { status, body } = await sendRequest(node.url, 'GET', path)
    expect([path, status, body.type]).toEqual([path, 404, 'urn:problem:not-found'])
  }
})
