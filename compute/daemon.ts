import { rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Static } from 'typebox'
import { type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Log } from '../agent/index.ts'
import { LicenceServerSpec, MachineSpec, RebuildSpec, SessionSpec, StopSpec } from '../contract/compute/machine.ts'
import { type Provider, Refused } from './provider.ts'

const FarEndSpec = Type.Object({
  host: Type.String({ minLength: 1, maxLength: 255 }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
})

const MAX_BODY_BYTES = 65_536

interface Route {
  readonly method: string
  readonly pattern: RegExp
  run(provider: Provider, ids: readonly string[], body: unknown): Promise<{ status: number; value?: unknown }>
}

/** A route whose body must fit a schema. */
function withBody<T extends TSchema>(
  method: string,
  pattern: RegExp,
  schema: T,
  run: (provider: Provider, ids: readonly string[], body: Static<T>) => Promise<unknown>,
): Route {
  const validator = Compile(schema)
  return {
    method,
    pattern,
    run: async (provider, ids, body) => {
      if (!validator.Check(body)) {
        const [first] = validator.Errors(body)
        throw new Refused(400, `the body does not fit: ${first?.instancePath} ${first?.message}`)
      }
      return { status: 200, value: await run(provider, ids, body as Static<T>) }
    },
  }
}

const MACHINE = /^\/machines\/([^/]+)$/
const SESSIONS = /^\/machines\/([^/]+)\/sessions$/
const SESSION = /^\/machines\/([^/]+)\/sessions\/([^/]+)$/

const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    pattern: /^\/status$/,
    run: async (provider) => ({ status: 200, value: provider.status }),
  },
  {
    method: 'GET',
    pattern: /^\/machines$/,
    run: async (provider) => ({ status: 200, value: provider.listMachines() }),
  },
  withBody('PUT', MACHINE, MachineSpec, (provider, [id = ''], spec) => provider.putMachine(id, spec)),
  {
    method: 'POST',
    pattern: /^\/machines\/([^/]+)\/reset$/,
    run: async (provider, [id = '']) => ({ status: 200, value: await provider.resetMachine(id) }),
  },
  {
    method: 'POST',
    pattern: /^\/machines\/([^/]+)\/start$/,
    run: async (provider, [id = '']) => ({ status: 200, value: await provider.startMachine(id) }),
  },
  withBody('POST', /^\/machines\/([^/]+)\/stop$/, StopSpec, (provider, [id = ''], spec) =>
    provider.stopMachine(id, spec),
  ),
  withBody('POST', /^\/machines\/([^/]+)\/rebuild$/, RebuildSpec, (provider, [id = ''], spec) =>
    provider.rebuildMachine(id, spec),
  ),
  {
    method: 'POST',
    pattern: /^\/machines\/([^/]+)\/reboot$/,
    run: async (provider, [id = '']) => {
      const isUp = provider.listMachines().some((machine) => machine.server_id === id && machine.running)
      // answered first: the machine that asks is about to lose its processes; one that is going off stays off
      if (isUp) setImmediate(() => provider.resetMachine(id).catch(() => {}))
      return { status: 202 }
    },
  },
  {
    method: 'DELETE',
    pattern: MACHINE,
    run: async (provider, [id = '']) => {
      await provider.deleteMachine(id)
      return { status: 204 }
    },
  },
  withBody('POST', SESSIONS, SessionSpec, (provider, [id = ''], spec) => provider.openSession(id, spec)),
  withBody(
    'POST',
    /^\/machines\/([^/]+)\/sessions\/([^/]+)\/connect$/,
    FarEndSpec,
    (provider, [id = '', session = ''], to) => provider.connect(id, session, to),
  ),
  {
    method: 'DELETE',
    pattern: SESSION,
    run: async (provider, [id = '', session = '']) => {
      await provider.closeSession(id, session)
      return { status: 204 }
    },
  },
  withBody('PUT', /^\/licence-server$/, LicenceServerSpec, (provider, _ids, spec) => provider.putLicenceServer(spec)),
]

/** Serves a provider on a Unix socket that only its owner can open. */
export async function serveProvider(provider: Provider, socketPath: string, log: Log): Promise<Server> {
  const server = createServer((request, response) => void answer(provider, request, response, log))
  rmSync(socketPath, { force: true })
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(socketPath, done)
    })
  } finally {
    process.umask(umask)
  }
  return server
}

async function answer(provider: Provider, request: IncomingMessage, response: ServerResponse, log: Log): Promise<void> {
  const path = request.url ?? '/'
  try {
    const route = ROUTES.find(({ method, pattern }) => method === request.method && pattern.test(path))
    if (!route) throw new Refused(404, `there is no ${request.method} ${path}`)
    const ids = (route.pattern.exec(path) ?? []).slice(1).map(decodeId)
    const { status, value } = await route.run(provider, ids, await readJson(request))
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(value === undefined ? '' : JSON.stringify(value))
  } catch (error) {
    const status = error instanceof Refused ? error.status : 500
    const message = error instanceof Error ? error.message : String(error)
    if (status === 500) log('error', 'a call failed', { method: request.method, path, error: message })
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: message }))
  }
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refused(400, `${text} is no id as it stands in a path`)
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Refused(413, `a body has at most ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refused(400, 'the body is not JSON')
  }
}
