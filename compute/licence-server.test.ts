import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { askFarEnd } from './far-end.ts'

/** The licence server as a process, with the sightings it writes down. */
async function licenceServer() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'licence-server.ts')], { stdio: 'pipe' })
  const notes = createInterface({ input: child.stderr })[Symbol.asyncIterator]()
  const closed = once(child, 'close')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { ready, port } = JSON.parse(line)
  assert.equal(ready, true)
  return {
    port: Number(port),
    nextNote: async () => JSON.parse((await notes.next()).value ?? 'null'),
    closeStdin: async () => {
      child.stdin.end()
      const [code] = await closed
      return code
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** Any address of 127.0.0.0/8 is this machine's own, on Linux. */
const noSecondAddress = process.platform === 'linux' ? false : 'only Linux has more than one loopback address'

async function seenByTcp(port: number, localAddress: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  return Buffer.concat(await socket.toArray()).toString('utf8')
}

async function seenByUdp(port: number, localAddress: string): Promise<string> {
  const socket = createSocket('udp4')
  try {
    await once(socket.bind(0, localAddress), 'listening')
    socket.send('who', port, '127.0.0.1')
    const [message] = await once(socket, 'message')
    return message.toString('utf8')
  } finally {
    socket.close()
  }
}

describe('the licence server', () => {
  for (const address of ['127.0.0.5', '127.0.0.6']) {
    it(`tells ${address} that it is ${address}, by TCP and by UDP`, { skip: noSecondAddress }, async () => {
      await using server = await licenceServer()
      assert.equal(await seenByTcp(server.port, address), `${address}\n`)
      assert.equal(await seenByUdp(server.port, address), address)
    })
  }

  it('writes every sighting down', async () => {
    await using server = await licenceServer()
    await askFarEnd('127.0.0.1', server.port)
    const notes = [await server.nextNote(), await server.nextNote()]
    for (const note of notes) {
      assert.equal(note.address, '127.0.0.1')
      assert.ok(note.port > 0)
      assert.ok(!Number.isNaN(Date.parse(note.at)))
    }
    assert.deepEqual(notes.map((note) => note.protocol).sort(), ['tcp', 'udp'])
  })

  it('ends with its standard input', async () => {
    await using server = await licenceServer()
    assert.equal(await server.closeStdin(), 0)
  })
})

describe('asking the far end', () => {
  it('gives what it saw by TCP and by UDP', async () => {
    await using server = await licenceServer()
    assert.deepEqual(await askFarEnd('127.0.0.1', server.port), { tcp: '127.0.0.1', udp: '127.0.0.1', detail: '' })
  })

  it('tells of each protocol why there was no answer', async () => {
    // nobody may send to the broadcast address without having said so
    const { tcp, udp, detail } = await askFarEnd('255.255.255.255', 9)
    assert.deepEqual([tcp, udp], [null, null])
    assert.match(detail, /^TCP: .+; UDP: .+$/)
  })
})
