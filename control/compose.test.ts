import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { testApi } from './testing/api.ts'

/** Sockets that listen. What is closed leaves the list some turns of the loop later. */
async function listening(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length
}

test('a start that fails closes what it had opened', async () => {
  await using api = await testApi({ servers: 1 })
  const before = await listening()
  await assert.rejects(api.startReplica({ worldFile: '/nowhere/world.json' }), /ENOENT/)
  assert.equal(await listening(), before)
})

test('a start whose port is taken closes what it had opened', async () => {
  await using api = await testApi({ servers: 1 })
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  const before = await listening()
  try {
    const { port } = other.address() as AddressInfo
    await assert.rejects(api.startReplica({ port }), /EADDRINUSE/)
    assert.equal(await listening(), before)
  } finally {
    other.close()
  }
})
