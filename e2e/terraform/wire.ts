import assert from 'node:assert/strict'
import { signRequest } from '../../contract/signing/sign.ts'
import type { Site } from '../support/site.ts'

export interface Reply {
  readonly status: number
  readonly text: string
}

export interface Sent {
  readonly body?: unknown
  readonly contentType?: string
}

/** Requests as the Terraform provider's library puts them on the wire (contract 1.3, 9.1). */
export interface Wire {
  send(method: string, path: string, sent?: Sent): Promise<Reply>
  /** Fails unless the status is one of those the library takes for success, and the body is JSON. */
  json<T>(method: string, path: string, sent?: Sent): Promise<T>
  /** Fails unless the status is one of those the library takes for success; does not read the body. */
  done(method: string, path: string, sent?: Sent): Promise<void>
}

/** What the library takes for success unless a resource says otherwise. */
const SUCCESS: Readonly<Record<string, readonly number[]>> = {
  GET: [200],
  POST: [200, 201, 202],
  PUT: [200, 201, 202],
  PATCH: [200, 202, 204],
  DELETE: [200, 202, 204],
}

const CALL_MS = 20_000

/** Signs with the access key of the world, or sends the token that it is given. */
export function golangsdk({ endpoint, world }: Pick<Site, 'endpoint' | 'world'>, token?: string): Wire {
  const send: Wire['send'] = async (method, path, { body, contentType } = {}) => {
    const url = canonical(`${endpoint}${path}`)
    const text = body === undefined ? '' : JSON.stringify(body)
    const type = contentType ?? (body === undefined ? undefined : 'application/json')
    const early = {
      accept: 'application/json',
      'user-agent': 'terraform-provider-huaweicloud golangsdk/2.0.0',
      ...(type === undefined ? {} : { 'content-type': type }),
    }
    const proof =
      token === undefined ? signed(world, { method, url, headers: early, body: text }) : { 'X-Auth-Token': token }
    const response = await fetch(url, {
      method,
      headers: { ...early, ...proof, connection: 'close' },
      ...(body === undefined ? {} : { body: text }),
      signal: AbortSignal.timeout(CALL_MS),
    })
    return { status: response.status, text: await response.text() }
  }

  const succeed = async (method: string, path: string, sent?: Sent): Promise<Reply> => {
    const reply = await send(method, path, sent)
    assert.ok(SUCCESS[method]?.includes(reply.status), `${method} ${path} answered ${reply.status} ${reply.text}`)
    return reply
  }

  return {
    send,
    json: async <T>(method: string, path: string, sent?: Sent): Promise<T> => {
      const { text } = await succeed(method, path, sent)
      assert.notEqual(text, '', `${method} ${path}: an empty body is EOF to the provider`)
      return JSON.parse(text)
    },
    done: async (method, path, sent) => void (await succeed(method, path, sent)),
  }
}

type ToSign = Pick<Parameters<typeof signRequest>[0], 'method' | 'url' | 'headers' | 'body'>

function signed({ access_key, project, domain }: Site['world'], request: ToSign): Readonly<Record<string, string>> {
  const { access: accessKey, secret: secretKey } = access_key
  const signature = signRequest({ ...request, accessKey, secretKey, now: new Date() })
  // these are added when the signature is made already
  return { ...signature, 'X-Project-Id': project.id, 'X-Domain-Id': domain.id }
}

/** The library sends the query in the order in which it signs it. */
function canonical(url: string): string {
  const parsed = new URL(url)
  parsed.searchParams.sort()
  return parsed.href
}
