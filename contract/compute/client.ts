import { request } from 'node:http'
import { join } from 'node:path'
import type {
  ComputeStatus,
  LicenceServerSpec,
  Machine,
  MachineSpec,
  RebuildSpec,
  SessionSpec,
  Sighting,
  StopSpec,
} from './machine.ts'

/** Where the provider of a data directory listens. */
export function socketPathOf(dataDir: string): string {
  return join(dataDir, 'compute.sock')
}

/** The provider said no, or could not be reached. The message is for logs: it has paths and what went wrong inside. */
export class ComputeFailure extends Error {
  override readonly name = 'ComputeFailure'
  /** What it answered with; null when it did not. */
  readonly status: number | null
  /** Why the provider refused the request, in its words; null when it failed, or did not answer. */
  readonly reason: string | null

  constructor(message: string, status: number | null = null, reason: string | null = null) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

const TIMEOUT_MS = 30_000

export function status(socketPath: string): Promise<ComputeStatus> {
  return call(socketPath, 'GET', '/status')
}

export function putMachine(socketPath: string, serverId: string, spec: MachineSpec): Promise<Machine> {
  return call(socketPath, 'PUT', machinePath(serverId), spec)
}

export function listMachines(socketPath: string): Promise<readonly Machine[]> {
  return call(socketPath, 'GET', '/machines')
}

export function resetMachine(socketPath: string, serverId: string): Promise<Machine> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/reset`)
}

export function startMachine(socketPath: string, serverId: string): Promise<Machine> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/start`)
}

export function stopMachine(socketPath: string, serverId: string, spec: StopSpec): Promise<Machine> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/stop`, spec)
}

export function rebuildMachine(socketPath: string, serverId: string, spec: RebuildSpec): Promise<Machine> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/rebuild`, spec)
}

export function deleteMachine(socketPath: string, serverId: string): Promise<void> {
  return call(socketPath, 'DELETE', machinePath(serverId))
}

export function openSession(
  socketPath: string,
  serverId: string,
  spec: SessionSpec,
): Promise<{ readonly virtual_ip: string }> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/sessions`, spec)
}

export function connect(
  socketPath: string,
  serverId: string,
  sessionId: string,
  farEnd: { readonly host: string; readonly port: number },
): Promise<Sighting> {
  return call(socketPath, 'POST', `${machinePath(serverId)}/sessions/${encodeURIComponent(sessionId)}/connect`, farEnd)
}

export function closeSession(socketPath: string, serverId: string, sessionId: string): Promise<void> {
  return call(socketPath, 'DELETE', `${machinePath(serverId)}/sessions/${encodeURIComponent(sessionId)}`)
}

export function putLicenceServer(
  socketPath: string,
  spec: LicenceServerSpec,
): Promise<{ readonly host: string; readonly port: number }> {
  return call(socketPath, 'PUT', '/licence-server', spec)
}

function machinePath(serverId: string): string {
  return `/machines/${encodeURIComponent(serverId)}`
}

function call<T>(socketPath: string, method: string, path: string, value?: unknown): Promise<T> {
  const body = value === undefined ? '' : JSON.stringify(value)
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((done, fail) => {
    const failed = (why: string, status: number | null = null, reason: string | null = null) =>
      fail(new ComputeFailure(`${method} ${path} of the compute provider: ${why}`, status, reason))
    const sent = request({ socketPath, method, path, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', (error) => failed(error.message))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const { statusCode = 500 } = response
        if (statusCode >= 400) failed(`${statusCode} ${text}`, statusCode, reasonIn(statusCode, text))
        else done(text === '' ? (undefined as T) : JSON.parse(text))
      })
    })
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
    sent.on('error', (error) => failed(error.message))
    sent.end(body)
  })
}

function reasonIn(status: number, text: string): string | null {
  if (status >= 500) return null
  try {
    const { error } = JSON.parse(text)
    return typeof error === 'string' ? error : null
  } catch {
    return null
  }
}
