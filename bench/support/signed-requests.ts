import { signRequest } from '../../contract/signing/sign.ts'
import type { World } from '../../control/index.ts'

const ITEMS = 2

/**
 * The main operation as bytes on the wire, one request per pair of servers, all signed now: whoever sends them has the
 * fifteen minutes of the signature's window.
 */
export function signedRequests(world: World, serverIds: readonly string[], port: number): readonly Buffer[] {
  const now = new Date()
  return Array.from({ length: Math.floor(serverIds.length / ITEMS) }, (_, index) => {
    const items = serverIds.slice(index * ITEMS, (index + 1) * ITEMS).map((id) => ({ id, enable: true }))
    return render(world, port, JSON.stringify({ items }), now)
  })
}

function render(world: World, port: number, body: string, now: Date): Buffer {
  const path = `/v1/${world.project.id}/app-servers/actions/batch-update-tsvi`
  const host = `127.0.0.1:${port}`
  const headers = { 'Content-Type': 'application/json' }
  const { access, secret } = world.access_key
  const signed = signRequest({
    method: 'PATCH',
    url: `http://${host}${path}`,
    headers,
    body,
    accessKey: access,
    secretKey: secret,
    now,
  })
  const lines = Object.entries({ Host: host, ...headers, ...signed, 'Content-Length': Buffer.byteLength(body) })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`PATCH ${path} HTTP/1.1\r\n${head}\r\n${body}`)
}
