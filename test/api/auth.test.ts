import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { beforeEach, expect, test } from 'vitest'
import { verifyAccessToken } from '../../domain/auth/access-token.ts'
import type { Node } from '../../main.ts'
import { sendRequest, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
beforeEach(async () => {
  node = await getEmptyNode()
})

const login = (email: string, password: string) => sendRequest(node.url, 'POST', '/api/auth/login', { email, password })
const refresh = (refreshToken: string) => sendRequest(node.url, 'POST', '/api/auth/refresh', { refreshToken })
const createBearerHeader = (token: string) => ({ authorization: `Bearer ${token}` })
const readAccount = (token: string) => sendRequest(node.url, 'GET', '/api/auth/me', undefined, createBearerHeader(token))

test('exactly one of several simultaneous first registrations becomes the administrator', async () => {
  const people = await Promise.all(['A', 'B', 'C', 'D'].map((name) => registerPerson(node.url, name)))
  const roles = await Promise.all(people.map(async ({ token }) => (await readAccount(token)).body.role))
  expect(roles.toSorted((one, other) => one.localeCompare(other))).toEqual(['admin', 'member', 'member', 'member'])
})

test('signing in returns the user and tokens; an e-mail address has one account, whatever its case', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const response = await login(ann.email.toUpperCase(), ann.password)
  expect(response.status).toBe(200)
  expect(response.body).toMatchObject({
    user: { id: ann.id, email: ann.email, name: 'Ann' },
    expiresIn: 900,
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
  })
  expect(JSON.stringify(response.body)).not.toContain('argon2')
  const duplicate = await sendRequest(node.url, 'POST', '/api/auth/register', {
    email: ann.email.toUpperCase(),
    password: 'another password',
    name: 'Twin',
  })
  expect(duplicate.status).toBe(409)
})

test('a refresh token works once, and reusing it ends the session for both holders', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const { status, body } = await refresh(ann.refreshToken)
  expect(status).toBe(200)
  expect((await readAccount(body.accessToken)).status).toBe(200)
  expect((await refresh(ann.refreshToken)).status).toBe(401)
  expect((await refresh(body.refreshToken)).status).toBe(401)
  expect((await readAccount(body.accessToken)).status).toBe(401)
  expect((await readAccount(ann.token)).status).toBe(401)
  // the person can still sign in again
  expect((await login(ann.email, ann.password)).status).toBe(200)
})

test('at most one of several simultaneous uses of a refresh token succeeds', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const responses = await Promise.all([1, 2, 3].map(() => refresh(ann.refreshToken)))
  expect(responses.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
})

test('signing out ends the session at once, and signing out everywhere ends all sessions', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const { body: secondSession } = await login(ann.email, ann.password)
  expect((await ann.request('POST', '/api/auth/logout')).status).toBe(204)
  expect((await readAccount(ann.token)).status).toBe(401)
  expect((await refresh(ann.refreshToken)).status).toBe(401)
  expect((await readAccount(secondSession.accessToken)).status).toBe(200)
  const { body: thirdSession } = await login(ann.email, ann.password)
  expect(
    (await sendRequest(node.url, 'POST', '/api/auth/logout-all', undefined, createBearerHeader(secondSession.accessToken))).status,
  ).toBe(204)
  for (const { accessToken } of [secondSession, thirdSession]) expect((await readAccount(accessToken)).status).toBe(401)
})

test('a person lists their sessions with devices and can end them, but not another person’s', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const ben = await registerPerson(node.url, 'Ben')
  const { body: secondSession } = await sendRequest(
    node.url,
    'POST',
    '/api/auth/login',
    { email: ann.email, password: ann.password },
    { 'user-agent': 'a telephone' },
  )
  const { body } = await ann.request('GET', '/api/auth/sessions')
  expect(body.items).toHaveLength(2)
  expect(body.items.filter(({ current }: { current: boolean }) => current)).toHaveLength(1)
  const phoneSession = body.items.find(({ userAgent }: { userAgent: string }) => userAgent === 'a telephone')
  expect((await ben.request('DELETE', `/api/auth/sessions/${phoneSession.id}`)).status).toBe(404)
  expect((await ann.request('DELETE', `/api/auth/sessions/${phoneSession.id}`)).status).toBe(204)
  expect((await readAccount(secondSession.accessToken)).status).toBe(401)
  expect((await readAccount(ann.token)).status).toBe(200)
})

test('an unknown address and a wrong password get the same response', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const [known, unknown] = [await login(ann.email, 'wrong password'), await login('nobody@example.org', 'wrong password')]
  expect({ ...known.body, id: '' }).toEqual({ ...unknown.body, id: '' })
})

test('altered, unsigned, foreign and malformed tokens are refused, and so is a bad header where none is needed', async () => {
  const ann = await registerPerson(node.url, 'Ann')
  const [header, claims, signature] = ann.token.split('.') as [string, string, string]
  const { sub, sid } = jwt.decode(ann.token) as { sub: string; sid: string }
  const unsignedHeader = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  const badTokens = [
    `${header}.${Buffer.from(JSON.stringify({ sub, sid, iss: 'smartstart', exp: 9e9 })).toString('base64url')}.${signature}`,
    `${unsignedHeader}.${claims}.`,
    jwt.sign({ sid }, 'a secret of somebody else, also of some length', { subject: sub, issuer: 'smartstart' }),
    `${header}.${claims}`,
    'x',
  ]
  for (const token of badTokens) {
    const response = await readAccount(token)
    expect(response.status).toBe(401)
    expect(response.body.type).toBe('urn:problem:unauthenticated')
  }
  expect(
    (await sendRequest(node.url, 'POST', '/api/auth/login', { email: ann.email, password: ann.password }, { authorization: 'Basic x' }))
      .status,
  ).toBe(401)
})

test('a correctly signed token without an expiry, or without a valid user or session id, is refused', () => {
  const secret = 'a secret that is only good for tests, of some length'
  const [sub, sid] = [randomUUID(), randomUUID()]
  const verifyToken = (claims: object, options: jwt.SignOptions) =>
    verifyAccessToken(secret, jwt.sign(claims, secret, { issuer: 'smartstart', ...options }))
  expect(verifyToken({ sid }, { subject: sub, expiresIn: 60 })).toMatchObject({ userId: sub, sessionId: sid })
  expect(() => verifyToken({ sid }, { subject: sub })).toThrow('invalid or expired')
  expect(() => verifyToken({ sid: 'x' }, { subject: sub, expiresIn: 60 })).toThrow('invalid or expired')
  expect(() => verifyToken({ sid }, { subject: 'x', expiresIn: 60 })).toThrow('invalid or expired')
  expect(() => verifyToken({}, { subject: sub, expiresIn: 60 })).toThrow('invalid or expired')
})

test('a suspended person cannot sign in until reactivated, and a deleted person’s address can register again', async () => {
  const admin = await registerPerson(node.url, 'Admin')
  const ann = await registerPerson(node.url, 'Ann')
  expect((await ann.request('PATCH', `/api/users/${ann.id}`, { status: 'active' })).status).toBe(403)
  expect((await admin.request('PATCH', `/api/users/${ann.id}`, { status: 'suspended' })).status).toBe(200)
  expect((await readAccount(ann.token)).status).toBe(401)
  expect((await refresh(ann.refreshToken)).status).toBe(401)
  expect((await login(ann.email, ann.password)).status).toBe(401)
  await admin.request('PATCH', `/api/users/${ann.id}`, { status: 'active' })
  expect((await login(ann.email, ann.password)).status).toBe(200)
  expect((await admin.request('DELETE', `/api/users/${ann.id}`)).status).toBe(204)
  expect((await login(ann.email, ann.password)).status).toBe(401)
  expect((await admin.request('GET', `/api/users/${ann.id}`)).status).toBe(404)
  expect(
    (await sendRequest(node.url, 'POST', '/api/auth/register', { email: ann.email, password: 'a new password', name: 'Ann' })).status,
  ).toBe(201)
})
