import { connect } from 'node:net'
import type { Probe } from '../../contract/agent/messages.ts'

const TIMEOUT_MS = 5000
const MAX_LINE = 64
const MAX_DETAIL = 512

/** Opens one TCP connection from an address of this host and tells the address that the far end says it saw. */
export interface ProbeDriver {
  probe(from: string, to: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Probe>
}

export const tcpProbe: ProbeDriver = {
  probe: (from, to, signal) =>
    new Promise((resolve) => {
      const target = `${to.host}:${to.port}`
      const socket = connect({ host: to.host, port: to.port, localAddress: from, family: 4, signal })
      const timer = setTimeout(() => end(null, `no answer from ${target} within ${TIMEOUT_MS} ms`), TIMEOUT_MS)
      let text = ''
      const end = (seen: string | null, detail: string) => {
        clearTimeout(timer)
        socket.destroy()
        resolve({ address: from, seen, detail: detail.slice(0, MAX_DETAIL) })
      }
      const finish = () => {
        const line = text.split('\n', 1)[0]?.trim() ?? ''
        if (line === '' || line.length > MAX_LINE) end(null, `${target} did not answer with an address`)
        else end(line, `seen by ${target}`)
      }
      socket.setEncoding('utf8')
      socket.on('data', (chunk: string) => {
        text += chunk
        if (text.includes('\n') || text.length > MAX_LINE) finish()
      })
      socket.on('end', finish)
      socket.on('error', (error) => end(null, `${target}: ${error.message}`))
    }),
}

/** The far end of an in-memory network: sees an address if the host has it. */
export function memoryProbe(hasAddress: (address: string) => boolean): ProbeDriver {
  return {
    probe: async (from, to) => {
      const target = `${to.host}:${to.port}`
      if (hasAddress(from)) return { address: from, seen: from, detail: `seen by ${target} (in memory)` }
      return { address: from, seen: null, detail: `${from} is not on this host` }
    },
  }
}
