import { signRequest } from '../../contract/signing/sign.ts'
import type { World } from '../../control/index.ts'

/** Calls one path below the project and returns the answer's body; anything but 2xx is thrown. */
export type Caller = (method: string, version: 'v1' | 'v2', path: string, body?: unknown) => Promise<unknown>

export function callerOf(endpoint: string, world: World): Caller {
  const { access, secret } = world.access_key
  return async (method, version, path, body) => {
    const url = `${endpoint}/${version}/${world.project.id}/${path}`
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { 'Content-Type': 'application/json' }
    const now = new Date()
    const signed = signRequest({ method, url, headers, body: text, accessKey: access, secretKey: secret, now })
    const response = await fetch(url, { method, headers: { ...headers, ...signed }, body: text === '' ? null : text })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${answer}`)
    return JSON.parse(answer)
  }
}
