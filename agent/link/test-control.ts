import 'reflect-metadata'
import { createHash, createPublicKey, randomBytes, verify, webcrypto } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import * as x509 from '@peculiar/x509'
import { type WebSocket, WebSocketServer } from 'ws'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import { CA_PATH, ENROL_PATH, type EnrolRequest, renderJoinToken } from '../../contract/agent/enrolment.ts'
import { type Hello, helloText, LINK_PATH, type Observed } from '../../contract/agent/messages.ts'

/** For tests only: the far end of the link, as small as can be, with its own CA. */
export type TestControl = AsyncDisposable & {
  readonly port: number
  readonly caPem: string
  readonly caSha256: string
  /** Joins with the given deviations. */
  token(change?: Partial<{ server_id: string; secret: string; ca_sha256: string; port: number }>): string
  readonly enrolments: EnrolRequest[]
  /** How many TLS handshakes were resumptions. */
  resumed(): number
  /** The next agent that said a well-signed hello. */
  nextLink(): Promise<TestLink>
  /** Answers to enrolments from now on. */
  answerEnrolments(status: number, body: unknown): void
  closeLinks(): void
}

export type TestLink = {
  readonly hello: Hello
  readonly socket: WebSocket
  send(frame: unknown): void
  want(desired: DesiredState): void
  nextReport(): Promise<Observed>
  readonly closed: Promise<number>
}

export const SERVER_ID = 'server-1'
const SECRET = 's'.repeat(43)

export async function testControl(): Promise<TestControl> {
  const { caPem, caDer, certificatePem, keyPem } = await makeCertificates()
  const server = createServer({ cert: certificatePem, key: keyPem })
  const enrolments: EnrolRequest[] = []
  const answer = { status: 200, body: undefined as unknown }
  let resumed = 0
  server.on('secureConnection', (socket) => {
    if (socket.isSessionReused()) resumed += 1
  })
  server.on('request', async (request, response) => {
    if (request.url === CA_PATH) return response.end(caPem)
    if (request.url !== ENROL_PATH) return response.writeHead(404).end()
    const body: EnrolRequest = JSON.parse((await request.toArray()).join(''))
    enrolments.push(body)
    response.statusCode = answer.status
    response.end(JSON.stringify(answer.body ?? { server_id: body.server_id }))
  })
  const links = queue<TestLink>()
  const sockets = new WebSocketServer({ server, path: LINK_PATH })
  sockets.on('connection', (socket) => receiveLink(socket, () => enrolments.at(-1)?.public_key ?? '', links.push))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const caSha256 = createHash('sha256').update(caDer).digest('hex')
  return {
    port,
    caPem,
    caSha256,
    token: (change = {}) =>
      renderJoinToken({
        host: '127.0.0.1',
        port,
        server_id: SERVER_ID,
        secret: SECRET,
        ca_sha256: caSha256,
        ...change,
      }),
    enrolments,
    resumed: () => resumed,
    nextLink: links.next,
    answerEnrolments: (status, body) => Object.assign(answer, { status, body }),
    closeLinks: () => {
      for (const socket of sockets.clients) socket.terminate()
    },
    [Symbol.asyncDispose]: () => closeServer(server, sockets),
  }
}

async function closeServer(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate()
  sockets.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

function receiveLink(socket: WebSocket, publicKey: () => string, push: (link: TestLink) => void): void {
  const nonce = randomBytes(32).toString('base64url')
  const reports = queue<Observed>()
  const closed = once(socket, 'close').then(([code]: number[]) => code ?? 0)
  socket.send(JSON.stringify({ type: 'challenge', nonce }))
  socket.on('error', () => {})
  socket.once('message', (data) => {
    const hello: Hello = JSON.parse(data.toString())
    if (!isSigned(hello, nonce, publicKey())) return socket.close(4403)
    socket.on('message', (frame) => reports.push(JSON.parse(frame.toString())))
    const send = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
    send({ type: 'welcome' })
    const want = (desired: DesiredState) => send({ type: 'desired', desired })
    push({ hello, socket, send, want, nextReport: reports.next, closed })
  })
}

function isSigned(hello: Hello, nonce: string, x: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, Buffer.from(helloText(nonce, hello)), key, Buffer.from(hello.signature, 'base64url'))
}

/** Values in, values out, in order, whichever comes first. */
function queue<T>(): { push: (value: T) => void; next: () => Promise<T> } {
  const values: T[] = []
  const takers: ((value: T) => void)[] = []
  return {
    push: (value) => {
      const taker = takers.shift()
      if (taker === undefined) values.push(value)
      else taker(value)
    },
    next: () => {
      const value = values.shift()
      return value === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(value)
    },
  }
}

async function makeCertificates() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const makeKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [caKeys, keys] = await Promise.all([makeKeys(), makeKeys()])
  const notBefore = new Date(Date.now() - 60_000)
  const notAfter = new Date(Date.now() + 3_600_000)
  const common = { notBefore, notAfter, signingAlgorithm: algorithm }
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    name: 'CN=test CA',
    keys: caKeys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const certificate = await x509.X509CertificateGenerator.create({
    ...common,
    subject: 'CN=test control plane',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    caPem: ca.toString('pem'),
    caDer: Buffer.from(ca.rawData),
    certificatePem: certificate.toString('pem'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
  }
}
