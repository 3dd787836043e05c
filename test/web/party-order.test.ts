import { describe, expect, test } from 'vitest'
import {
  addParty,
  bindWitness,
  canMove,
  changeRole,
  moveBy,
  moveToNewStep,
  moveToStep,
  type OrderDraft,
  type PartyDraft,
  removeParty,
  setNeeded,
  writeOrder,
} from '../../web/features/signing/prepare/party-order.ts'

const party = (key: string, more: Partial<PartyDraft> = {}): PartyDraft => ({
  key,
  userId: null,
  name: key,
  email: `${key}@example.org`,
  role: 'signer',
  witnessOf: null,
  ...more,
})
const order = (...steps: string[][]): OrderDraft => ({
  steps: steps.map((keys) => ({ parties: keys.map((key) => party(key)), needed: null })),
  witnesses: [],
  copies: [],
})
const keys = ({ steps }: OrderDraft) => steps.map(({ parties }) => parties.map((one) => one.key))

describe('the order of parties', () => {
  test('moving down leads through a step of its own into the next step, to the end', () => {
    let now = order(['a', 'b'], ['c'])
    const seen = []
    for (; canMove(now, 'a', 1); now = moveBy(now, 'a', 1)) seen.push(keys(now))
    expect([...seen, keys(now)]).toEqual([
      [['a', 'b'], ['c']],
      [['b', 'a'], ['c']],
      [['b'], ['a'], ['c']],
      [['b'], ['a', 'c']],
      [['b'], ['c', 'a']],
      [['b'], ['c'], ['a']],
    ])
  })

  test('moving up takes the same way back', () => {
    let now = order(['b'], ['c'], ['a'])
    while (canMove(now, 'a', -1)) now = moveBy(now, 'a', -1)
    expect(keys(now)).toEqual([['a'], ['b'], ['c']])
  })

  test('a step that is left is gone, and a count that its step cannot reach, too', () => {
    const counted = setNeeded(order(['a', 'b', 'c'], ['d']), 0, 2)
    expect(writeOrder(counted).needed).toEqual({ 1: 2 })
    const moved = moveToStep(counted, 'c', 1, 0)
    expect([keys(moved), writeOrder(moved).needed]).toEqual([
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      {},
    ])
    expect(keys(moveToNewStep(order(['a'], ['b']), 'b', 0))).toEqual([['b'], ['a']])
  })

  test('a witness stands behind their signer, and is bound to another one when that is removed', () => {
    const witnessed = changeRole(order(['a', 'b'], ['w']), 'w', 'witness')
    expect(keys(witnessed)).toEqual([['a', 'b']])
    const bound = bindWitness(witnessed, 'w', 'b')
    expect(writeOrder(bound).parties.map(({ role, step, witnessOf }) => [role, step, witnessOf])).toEqual([
      ['signer', 1, undefined],
      ['signer', 1, undefined],
      ['witness', 1, 2],
    ])
    expect(removeParty(bound, 'b').witnesses[0]?.witnessOf).toBe('a')
    const nobody = removeParty(removeParty(bound, 'b'), 'a')
    expect([nobody.witnesses, nobody.copies.map(({ key, role }) => [key, role])]).toEqual([[], [['w', 'copy']]])
  })

  test('a new party joins the last step, a copy none', () => {
    expect(keys(addParty(order(['a'], ['b']), party('c')))).toEqual([['a'], ['b', 'c']])
    expect(keys(addParty(order(['a']), party('c', { role: 'copy' })))).toEqual([['a']])
  })
})
