import { connect, createServer, type Socket } from 'node:net'
import type { Stage } from './stage.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** What a test does to the network. */
export interface Forwarder {
  /**
   * From now on nothing passes and nothing is refused: what is open stays open and silent for ever, as after a firewall
   * forgot it, and what is new is accepted and not answered.
   */
  freeze(): void
  /** New connections pass again. */
  thaw(): void
}

/** What stands before the replicas: takes each connection to the first of them that accepts it. */
export async function startForwarder(
  stage: Pick<Stage, 'defer'>,
  at: Address,
  targets: readonly Address[],
): Promise<Forwarder> {
  const open = new Set<Socket>()
  let isFrozen = false
  const hold = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
  }
  const server = createServer((client) => {
    hold(client)
    if (isFrozen) return client.pause()
    void connectToFirst(targets).then((replica) => {
      if (!replica) return client.destroy()
      hold(replica)
      client.once('close', () => replica.destroy())
      replica.once('close', () => client.destroy())
      if (!isFrozen) client.pipe(replica).pipe(client)
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
  return {
    freeze: () => {
      isFrozen = true
      for (const socket of open) socket.unpipe().pause()
    },
    thaw: () => {
      isFrozen = false
    },
  }
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
