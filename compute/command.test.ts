import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as client from '../contract/compute/client.ts'
import { COMPUTE_HELP, type ComputeWorld, runComputeCommand } from './command.ts'
import { testFolder } from './test-support.ts'

/** A world that ends, or closes standard input, when the test says so. */
function testWorld() {
  const ended = Promise.withResolvers<void>()
  const stdin = Promise.withResolvers<void>()
  const printed = Promise.withResolvers<string>()
  const complaints: string[] = []
  const world: ComputeWorld = {
    print: printed.resolve,
    complain: (text) => complaints.push(text),
    stdinClosed: () => stdin.promise,
    ended: ended.promise,
  }
  return { world, complaints, printed: printed.promise, end: ended.resolve, closeStdin: stdin.resolve }
}

/** Options for hosts in memory in a folder. */
function memoryIn(folder: string, ...more: readonly string[]): string[] {
  return ['--socket', join(folder, 'c.sock'), '--state', join(folder, 'state'), '--hosts', 'memory', ...more]
}

describe('the command', () => {
  for (const option of ['--help', '-h']) {
    it(`tells its options at ${option} and does nothing`, async () => {
      const { world, printed, complaints } = testWorld()
      assert.equal(await runComputeCommand([option], world), 0)
      assert.equal(await printed, COMPUTE_HELP)
      assert.deepEqual(complaints, [])
    })
  }

  const wrong: readonly (readonly [readonly string[], string])[] = [
    [['--hosts', 'docker'], "--hosts takes netns, memory or auto, not 'docker'"],
    [['--boot-ms', '-1'], "Option '--boot-ms' argument is ambiguous"],
    [['--boot-ms=-1'], "--boot-ms takes milliseconds from 0 to 600000, not '-1'"],
    [['--boot-ms', '600001'], "--boot-ms takes milliseconds from 0 to 600000, not '600001'"],
    [['--boot-ms', 'soon'], "--boot-ms takes milliseconds from 0 to 600000, not 'soon'"],
    [['--bogus'], "Unknown option '--bogus'"],
    [['now'], "Unexpected argument 'now'"],
  ]
  for (const [args, complaint] of wrong) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { world, complaints } = testWorld()
      assert.equal(await runComputeCommand(args, world), 1)
      assert.ok(complaints[0]?.startsWith(`berth compute: ${complaint}`), complaints[0])
    })
  }

  it('says in one line of JSON that it is ready and what it offers, then serves until it is asked to end', async () => {
    using folder = testFolder()
    const { world, printed, end } = testWorld()
    const code = runComputeCommand(memoryIn(folder.path, '--cidr', '198.18.9.0/24'), world)
    const line = await printed
    assert.match(line, /^\{.*\}\n$/)
    const { ready, ...status } = JSON.parse(line)
    assert.equal(ready, true)
    assert.deepEqual(status, {
      kind: 'memory',
      reason: null,
      cidr: '198.18.9.0/24',
      gateway_ip: '198.18.9.1',
      agent_listen_host: '127.0.0.1',
    })
    const socketPath = join(folder.path, 'c.sock')
    assert.deepEqual(await client.status(socketPath), status)
    end()
    assert.equal(await code, 0)
    assert.equal(existsSync(socketPath), false)
  })

  it('ends with its standard input when it is told to', async () => {
    using folder = testFolder()
    const { world, printed, closeStdin } = testWorld()
    const code = runComputeCommand(memoryIn(folder.path, '--until-stdin-closes'), world)
    await printed
    closeStdin()
    assert.equal(await code, 0)
  })
})
