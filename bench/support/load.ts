import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'

export interface Load {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Whole requests as bytes, made beforehand; each is sent once. */
  readonly requests: Iterator<Buffer>
}

export interface LoadResult {
  /** Answers with status 200 per second of the time under full load. */
  readonly perSecond: number
  /** Answers by status, with those that came while the last requests were awaited. */
  readonly answers: ReadonlyMap<number, number>
  readonly medianMs: number
  readonly p99Ms: number
}

/**
 * Keeps `connections` requests under way until the time is over or there are no more, then waits for the answers that
 * are missing: afterwards what was answered and what was done must agree to the last one. Requests are made beforehand
 * and answers hardly looked at, because the machine that sends is the machine that is measured.
 */
export async function runLoad({ port, connections, seconds, requests }: Load): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const answers = new Map<number, number>()
  const times: number[] = []
  let inTime = 0
  const begin = performance.now()
  const end = begin + seconds * 1000
  let fullUntil = end

  const keepAsking = async (socket: Socket): Promise<void> => {
    while (performance.now() < end) {
      const { value, done } = requests.next()
      if (done) {
        fullUntil = Math.min(fullUntil, performance.now())
        return
      }
      const sent = performance.now()
      const status = await ask(socket, value)
      const now = performance.now()
      answers.set(status, (answers.get(status) ?? 0) + 1)
      times.push(now - sent)
      if (status === 200 && now <= fullUntil) inTime += 1
    }
  }

  try {
    await Promise.all(sockets.map(keepAsking))
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0
  return { perSecond: inTime / ((fullUntil - begin) / 1000), answers, medianMs: at(0.5), p99Ms: at(0.99) }
}

function open(port: number): Promise<Socket> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.off('error', fail)
      done(socket.setNoDelay())
    })
    socket.once('error', fail)
  })
}

/** One request, one answer; resolves with its status. */
function ask(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((done, fail) => {
    let received: Buffer = Buffer.alloc(0)
    const settle = () => {
      socket.off('data', onData).off('error', onEnd).off('close', onEnd)
    }
    const onEnd = () => {
      settle()
      fail(new Error(`the connection ended within an answer: ${received.subarray(0, 200).toString('latin1')}`))
    }
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      if (!isWhole(received)) return
      settle()
      done(Number(received.toString('latin1', 9, 12)))
    }
    socket.on('data', onData).once('error', onEnd).once('close', onEnd)
    socket.write(request)
  })
}

const LENGTH = /\r\ncontent-length: *(\d+)/i

function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = LENGTH.exec(bytes.toString('latin1', 0, end))?.[1]
  if (length !== undefined) return bytes.length >= end + 4 + Number(length)
  return bytes.subarray(-5).toString('latin1') === '0\r\n\r\n'
}
