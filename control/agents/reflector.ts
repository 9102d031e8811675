import { type AddressInfo, createServer } from 'node:net'

export interface Reflector {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

const MAX_CONNECTIONS = 1_000

/**
 * Tells whoever connects the address it comes from, and hangs up: the far end of the probe that verifies an update.
 * It reveals nothing but the caller's own address.
 */
export async function startReflector(host: string, publicHost: string): Promise<Reflector> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.end(`${(socket.remoteAddress ?? '').replace(/^::ffff:/, '')}\n`)
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, host, () => done())
  })
  const { port } = server.address() as AddressInfo
  return { host: publicHost, port, close: () => new Promise((done) => server.close(() => done())) }
}
