import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { OutsideConfig } from './config.ts'

/** One request, as the service received it. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Reply = (response: ServerResponse, asked: Asked) => void

/** An HTTP server that speaks as Keystone does, until it is told to answer otherwise. */
export interface TestService extends AsyncDisposable {
  readonly url: string
  readonly asked: readonly Asked[]
  /** Validations among what was asked. */
  validations(): readonly Asked[]
  logins(): readonly Asked[]
  /** Tokens that it knows, and what it says about them. */
  readonly tokens: Map<string, object>
  /** Its own clock. */
  now: () => Date
  /** How long the tokens of its logins last. */
  loginSeconds: number
  /** What it does instead of validating, of giving a token. */
  onValidation: Reply | undefined
  onLogin: Reply | undefined
  /** Most requests that were under way at once. */
  readonly busiest: number
  stop(): Promise<void>
}

export interface TestServiceOptions {
  readonly tls?: { readonly keyPem: string; readonly certificatePem: string }
  readonly port?: number
}

export async function testService({ tls, port = 0 }: TestServiceOptions = {}): Promise<TestService> {
  const asked: Asked[] = []
  let busy = 0
  let busiest = 0
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    busy += 1
    busiest = Math.max(busiest, busy)
    response.once('close', () => {
      busy -= 1
    })
    const { method = '', url = '', headers } = request
    const one = { method, url, headers, body: await text(request) }
    asked.push(one)
    const reply = method === 'POST' ? (service.onLogin ?? login) : (service.onValidation ?? validate)
    reply(response, one)
  }
  const live = new Set<string>()
  const login: Reply = (response) => {
    const own = `own-token-${randomUUID()}`
    live.add(own)
    const expires_at = instant(service.now().getTime() + service.loginSeconds * 1000)
    sendJson(response, 201, { token: { expires_at } }, { 'X-Subject-Token': own })
  }
  const validate: Reply = (response, { headers }) => {
    if (!live.has(String(headers['x-auth-token']))) return sendJson(response, 401, { error: { code: 401 } })
    const subject = String(headers['x-subject-token'])
    const known = service.tokens.get(subject)
    if (known === undefined) return sendJson(response, 404, { error: { code: 404 } })
    sendJson(response, 200, { token: known }, { 'X-Subject-Token': subject })
  }
  const server = tls ? createTlsServer({ key: tls.keyPem, cert: tls.certificatePem }, serve) : createServer(serve)
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const address = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  const service: TestService = {
    url: tls ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    asked,
    validations: () => asked.filter(({ method }) => method === 'GET'),
    logins: () => asked.filter(({ method }) => method === 'POST'),
    tokens: new Map(),
    now: () => new Date(),
    loginSeconds: 3600,
    onValidation: undefined,
    onLogin: undefined,
    get busiest() {
      return busiest
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return service
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Six fractional digits, as Keystone prints them. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z')
}

export interface TestTokenOptions {
  readonly roles?: readonly string[]
  readonly domain?: { readonly id: string; readonly name: string }
  readonly project?: { readonly id: string; readonly name: string } | null
  readonly user?: { readonly id: string; readonly name: string }
  readonly userDomain?: { readonly id: string; readonly name: string }
  readonly seconds?: number
  readonly now?: Date
}

export const DOMAIN = { id: 'd0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0', name: 'acme' }
export const PROJECT = { id: 'ab5ab5ab5ab5ab5ab5ab5ab5ab5ab5ab', name: 'streaming' }
export const USER = { id: 'a11aa11aa11aa11aa11aa11aa11aa11a', name: 'anna' }

/** The body of a token as Keystone 22 writes it. */
export function tokenBody(options: TestTokenOptions = {}): Record<string, unknown> {
  const { roles = ['member', 'reader'], domain = DOMAIN, project = PROJECT, user = USER, seconds = 3600 } = options
  const { now = new Date(), userDomain = domain } = options
  return {
    methods: ['password'],
    user: { ...user, domain: userDomain, password_expires_at: null },
    audit_ids: ['zV5e5WVoSHiaqAi9_USI5g'],
    issued_at: instant(now.getTime()),
    expires_at: instant(now.getTime() + seconds * 1000),
    ...(project === null ? { domain } : { project: { ...project, domain }, is_domain: false }),
    roles: roles.map((name) => ({ id: createHash('md5').update(name).digest('hex'), name })),
  }
}

/** A text as long as a token of Keystone and as opaque. */
export function newTokenText(): string {
  return `gAAAAA${randomUUID()}${randomUUID()}`
}

export function configFor(service: Pick<TestService, 'url'>, more: Partial<OutsideConfig> = {}): OutsideConfig {
  return {
    url: service.url,
    caFile: null,
    credential: {
      ...{ kind: 'password', user: 'berth', userDomain: 'Default', password: 'pass-of-berth-outside' },
      project: { name: 'service', domain: 'Default' },
    },
    roles: new Map([
      ['admin', ['te_admin']],
      ['member', ['Workspace FullAccess']],
      ['reader', ['Workspace ReadOnlyAccess']],
    ]),
    cacheSeconds: 60,
    ...more,
  }
}
