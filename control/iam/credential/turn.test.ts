import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inTurn } from './turn.ts'

describe('works in turn', () => {
  it('do not meet for one key, keep their order, and do not wait for other keys', async () => {
    const turns = inTurn()
    const seen: string[] = []
    const gate = Promise.withResolvers<void>()
    const work =
      (name: string, until: Promise<void> = Promise.resolve()) =>
      async () => {
        seen.push(`${name} begins`)
        await until
        seen.push(`${name} ends`)
        return name
      }
    const first = turns('one', work('a', gate.promise))
    const second = turns('one', work('b'))
    assert.equal(await turns('other', work('c')), 'c')
    gate.resolve()
    assert.deepEqual(await Promise.all([first, second]), ['a', 'b'])
    assert.deepEqual(seen, ['a begins', 'c begins', 'c ends', 'a ends', 'b begins', 'b ends'])
  })

  it('fail alone', async () => {
    const turns = inTurn()
    const failed = turns('one', () => Promise.reject(new Error('no')))
    const next = turns('one', async () => 'yes')
    await assert.rejects(failed, /no/)
    assert.equal(await next, 'yes')
  })
})
