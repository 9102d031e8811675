import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

export interface Limits {
  /** For the whole of a question: connection, headers and the last byte of the body. */
  readonly timeoutMs: number
  readonly bodyBytes: number
  /** A token travels in a header, and those of some services are several kilobytes long. */
  readonly headerBytes: number
}

export const LIMITS: Limits = { timeoutMs: 5_000, bodyBytes: 256 * 1024, headerBytes: 64 * 1024 }

export interface Question {
  readonly method: 'GET' | 'POST'
  /** Path and query below the address of the service. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** The service outside could not be asked, or did not answer as it should. Its sentences hold no secret. */
export class OutsideFailure extends Error {
  /** True when nothing came back: the next question would most likely fare no better. */
  readonly isSilence: boolean

  constructor(message: string, isSilence: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OutsideFailure'
    this.isSilence = isSilence
  }
}

export type Exchange = (question: Question) => Promise<Answer>

/**
 * Asks one HTTP server, within limits of time and size. Node's `fetch` cannot be told which certificates to trust
 * without one more package, and it follows redirects unless told not to; these requests never do.
 */
export function createExchange(url: string, ca: string | undefined, limits: Limits): Exchange {
  const isTls = url.startsWith('https:')
  const agent = isTls ? new HttpsAgent(ca === undefined ? {} : { ca }) : new HttpAgent()
  const send = isTls ? httpsRequest : httpRequest

  return async ({ method, target, headers, body = '' }) => {
    const signal = AbortSignal.timeout(limits.timeoutMs)
    const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    try {
      const incoming = await new Promise<IncomingMessage>((done, fail) => {
        const options = { method, agent, signal, maxHeaderSize: limits.headerBytes }
        send(`${url}${target}`, { ...options, headers: { Accept: 'application/json', ...length, ...headers } })
          .once('response', done)
          .once('error', fail)
          .end(body)
      })
      const text = await readBody(incoming, limits.bodyBytes)
      return { status: incoming.statusCode ?? 0, headers: incoming.headers, text }
    } catch (error) {
      throw failureOf(error, signal.aborted, limits)
    }
  }
}

async function readBody(incoming: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  // leaving the loop early destroys the connection: nothing more is read
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) throw new OutsideFailure(`it answered with more than ${most} bytes`, false)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function failureOf(error: unknown, isLate: boolean, { timeoutMs, headerBytes }: Limits): OutsideFailure {
  if (error instanceof OutsideFailure) return error
  const options = { cause: error }
  if (isLate) return new OutsideFailure(`it did not answer within ${timeoutMs} ms`, true, options)
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  if (code === 'HPE_HEADER_OVERFLOW')
    return new OutsideFailure(`it answered with more than ${headerBytes} bytes of headers`, false, options)
  if (code.startsWith('HPE_')) return new OutsideFailure(`it did not answer in HTTP (${code})`, false, options)
  return new OutsideFailure(`it cannot be reached (${code})`, true, options)
}
