import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { tcpProbe } from './probe.ts'

const never = new AbortController().signal

async function farEnd(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    host: '127.0.0.1',
    port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

test('tells the address that the far end saw', async () => {
  await using far = await farEnd((socket) => socket.end(`${socket.remoteAddress}\n`))
  const probe = await tcpProbe.probe('127.0.0.9', far, never)
  assert.deepEqual(probe, { address: '127.0.0.9', seen: '127.0.0.9', detail: `seen by 127.0.0.1:${far.port}` })
})

test('a far end that says nothing, too much, or refuses is told apart', async () => {
  await using silent = await farEnd((socket) => socket.end())
  assert.match((await tcpProbe.probe('127.0.0.1', silent, never)).detail, /did not answer with an address/)
  await using wordy = await farEnd((socket) => socket.end('x'.repeat(1000)))
  assert.equal((await tcpProbe.probe('127.0.0.1', wordy, never)).seen, null)
  const closed = await farEnd(() => {})
  await closed[Symbol.asyncDispose]()
  assert.match((await tcpProbe.probe('127.0.0.1', closed, never)).detail, /ECONNREFUSED/)
})

test('an address that is not on this host, or a probe that is called off, ends without an answer', async () => {
  await using far = await farEnd((socket) => socket.on('data', () => {}))
  assert.match((await tcpProbe.probe('192.0.2.77', far, never)).detail, /EADDRNOTAVAIL/)
  const calling = new AbortController()
  const probe = tcpProbe.probe('127.0.0.1', far, calling.signal)
  calling.abort()
  assert.equal((await probe).seen, null)
})
