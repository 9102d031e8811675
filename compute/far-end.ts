import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { Sighting } from '../contract/compute/machine.ts'

const TIMEOUT_MS = 5_000
const MAX_ANSWER = 64

type Answer = { readonly seen: string } | { readonly failure: string }

/** Connects to a licence server by TCP and by UDP from wherever this process is, and says what it was told. */
export async function askFarEnd(host: string, port: number): Promise<Sighting> {
  const [tcp, udp] = await Promise.all([askTcp(host, port), askUdp(host, port)])
  const failures = [tcp, udp].flatMap((answer) => ('failure' in answer ? [answer.failure] : []))
  return { tcp: seenOf(tcp), udp: seenOf(udp), detail: failures.join('; ') }
}

function seenOf(answer: Answer): string | null {
  return 'seen' in answer ? answer.seen : null
}

function askTcp(host: string, port: number): Promise<Answer> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(0, MAX_ANSWER)
    })
    socket.on('end', () => done({ seen: text.trim() }))
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.on('error', (error) => done({ failure: `TCP: ${error.message}` }))
  })
}

function askUdp(host: string, port: number): Promise<Answer> {
  return new Promise((done) => {
    const socket = createSocket('udp4')
    const end = (answer: Answer) => {
      clearTimeout(timer)
      socket.close()
      done(answer)
    }
    const timer = setTimeout(() => end({ failure: 'UDP: no answer in time' }), TIMEOUT_MS)
    socket.on('error', (error) => end({ failure: `UDP: ${error.message}` }))
    socket.on('message', (message) => end({ seen: message.toString('utf8').slice(0, MAX_ANSWER) }))
    socket.send('who', port, host, (error) => error && end({ failure: `UDP: ${error.message}` }))
  })
}
