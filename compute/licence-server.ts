import { createSocket } from 'node:dgram'
import { type AddressInfo, createServer } from 'node:net'

/**
 * The far end: tells every client the address it comes from, by TCP and by UDP on one port, and writes each sighting
 * down as a JSON line on stderr. It knows nothing of sessions.
 */
function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

function note(protocol: 'tcp' | 'udp', address: string, port: number | undefined): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), protocol, address, port })}\n`)
}

const tcp = createServer((socket) => {
  const address = plain(socket.remoteAddress)
  note('tcp', address, socket.remotePort)
  socket.on('error', () => {})
  socket.end(`${address}\n`)
})
const udp = createSocket('udp4')
udp.on('message', (_message, from) => {
  note('udp', from.address, from.port)
  udp.send(from.address, from.port, from.address)
})

tcp.listen(0, '0.0.0.0', () => {
  const { port } = tcp.address() as AddressInfo
  udp.bind(port, '0.0.0.0', () => process.stdout.write(`${JSON.stringify({ ready: true, port })}\n`))
})
process.stdin.on('close', () => process.exit(0)).resume()
