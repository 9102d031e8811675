import { connect, createServer, type Socket } from 'node:net'
import type { Stage } from './stage.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** What stands before the replicas: takes each connection to the first of them that accepts it. */
export async function startForwarder(stage: Stage, at: Address, targets: readonly Address[]): Promise<void> {
  const open = new Set<Socket>()
  const hold = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
  }
  const server = createServer((client) => {
    hold(client)
    void connectToFirst(targets).then((replica) => {
      if (!replica) return client.destroy()
      hold(replica)
      client.once('close', () => replica.destroy())
      replica.once('close', () => client.destroy())
      client.pipe(replica).pipe(client)
    })
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(at.port, at.host, done)
  })
  stage.defer(async () => {
    for (const socket of open) socket.destroy()
    await new Promise((done) => server.close(done))
  })
}

async function connectToFirst(targets: readonly Address[]): Promise<Socket | undefined> {
  for (const target of targets) {
    const socket = await tryConnect(target)
    if (socket) return socket
  }
  return undefined
}

function tryConnect({ host, port }: Address): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(port, host)
    socket.once('connect', () => done(socket))
    socket.once('error', () => done(undefined))
  })
}
