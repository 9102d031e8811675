import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inGroups } from './group.ts'

/** Work that notes its groups and can be held. */
function doubling() {
  const groups: (readonly number[])[] = []
  const gates: PromiseWithResolvers<void>[] = []
  const work = async (items: readonly number[]) => {
    groups.push(items)
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
    if (items.includes(13)) throw new Error('13 fails')
    return items.map((item) => item * 2)
  }
  const release = async (index: number) => {
    while (gates[index] === undefined) await new Promise(setImmediate)
    gates[index].resolve()
  }
  return { groups, work, release }
}

describe('calls in groups', () => {
  it('go together when they come together, and together with those that came meanwhile', async () => {
    const { groups, work, release } = doubling()
    const double = inGroups(10, work)
    const first = [double(1), double(2)]
    await release(0)
    const results = Promise.all(first)
    const second = [double(3), double(4), double(5)]
    await release(1)
    assert.deepEqual(await results, [2, 4])
    assert.deepEqual(await Promise.all(second), [6, 8, 10])
    assert.deepEqual(groups, [
      [1, 2],
      [3, 4, 5],
    ])
  })

  it('are never more than the limit at once, and none is forgotten', async () => {
    const { groups, work, release } = doubling()
    const double = inGroups(2, work)
    const all = Promise.all([1, 2, 3, 4, 5].map(double))
    await Promise.all([release(0), release(1), release(2)])
    assert.deepEqual(await all, [2, 4, 6, 8, 10])
    assert.deepEqual(groups, [[1, 2], [3, 4], [5]])
  })

  it('fail alone: the others of a failed group are tried again without it', async () => {
    const { work, release } = doubling()
    const double = inGroups(10, work)
    const all = Promise.allSettled([1, 13, 2].map(double))
    await Promise.all([0, 1, 2, 3].map(release))
    const [one, bad, two] = await all
    assert.deepEqual(
      [one, two],
      [
        { status: 'fulfilled', value: 2 },
        { status: 'fulfilled', value: 4 },
      ],
    )
    assert.equal(bad?.status === 'rejected' && bad.reason.message, '13 fails')
  })

  it('are refused when the work forgets an answer, rather than given somebody else’s', async () => {
    const forgetful = inGroups<number, number>(10, async (items) => items.slice(1))
    await assert.rejects(forgetful(1), /1 calls had 0 answers/)
  })
})
