import { request } from 'node:https'

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 65_536

export type HttpsCall = {
  readonly host: string
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: string | undefined
  /** The only certificate to trust; undefined trusts anybody, for fetching something that is checked afterwards. */
  readonly ca: string | undefined
}
export type HttpsAnswer = { readonly status: number; readonly body: string }

export function callHttps(call: HttpsCall): Promise<HttpsAnswer> {
  const { host, port, method, path, body, ca } = call
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca, rejectUnauthorized: true }
  const headers =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new Error(`${method} https://${host}:${port}${path} failed`, { cause }))
    const outgoing = request({ host, port, method, path, headers, agent: false, signal, ...trust }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > MAX_BODY_BYTES) outgoing.destroy(new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`))
        else chunks.push(chunk)
      })
      response.on('error', fail)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    outgoing.on('error', fail)
    outgoing.end(body)
  })
}
