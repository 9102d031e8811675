import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consolidate } from './consolidate.ts'

function gatedWork() {
  const gates: { open: () => void; fail: () => void }[] = []
  let running = 0
  const run = consolidate(async () => {
    running += 1
    assert.equal(running, 1, 'two at once')
    await new Promise<void>((resolve, reject) => {
      gates.push({ open: resolve, fail: () => reject(new Error('no')) })
    }).finally(() => {
      running -= 1
    })
  })
  return { run, gates }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('callers who arrive while it runs share one further run', async () => {
  const { run, gates } = gatedWork()
  const first = run()
  const others = [run(), run(), run()]
  gates[0]?.open()
  await first
  await turn()
  assert.equal(gates.length, 2)
  const later = run()
  gates[1]?.open()
  await Promise.all(others)
  await turn()
  gates[2]?.open()
  await later
  assert.equal(gates.length, 3)
})

test('a failure goes to those who asked for that run and does not stop the next', async () => {
  const { run, gates } = gatedWork()
  const first = run()
  const second = run()
  gates[0]?.fail()
  await assert.rejects(first)
  await turn()
  gates[1]?.open()
  await second
})

test('a call in the very moment between two runs joins the second', async () => {
  const { run, gates } = gatedWork()
  const first = run()
  const second = run()
  const third = first.then(() => run())
  gates[0]?.open()
  await first
  await turn()
  assert.equal(gates.length, 2)
  gates[1]?.open()
  await Promise.all([second, third])
})
