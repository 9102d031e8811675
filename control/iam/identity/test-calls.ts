import assert from 'node:assert/strict'
import { OPERATIONS } from '../../../contract/operations/index.ts'
import { type AccessKey, type Answer, assertDeclared, type CallOptions, type TestApi } from '../../testing/api.ts'
import { insertTestAccount, insertTestUser, type TestAccount, type TestUser } from '../../testing/identity.ts'

export interface Ask {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: unknown
  /** Whose key signs; the account owner's unless told. */
  readonly as?: AccessKey
  readonly token?: string
  /** The status that has to come; whatever comes has to be declared. */
  readonly status?: number
}

/** The API, and who may and may not use it. */
export interface Identities extends AsyncDisposable {
  readonly api: TestApi
  /** The account of the world. */
  readonly domainId: string
  readonly ownerId: string
  /** Of the same account, without any permission. */
  readonly plain: TestUser
  /** Another account. */
  readonly stranger: TestAccount
  /** Calls an operation of the contract by its id. */
  ask(operationId: string, ask?: Ask): Promise<Answer>
  /** The same, for what the answer has inside. */
  give<T>(operationId: string, ask?: Ask): Promise<T>
}

export async function identitiesOf(api: TestApi): Promise<Identities> {
  const { domain, user } = api.world
  const plain = await insertTestUser(api, domain.id, 'plain')
  const stranger = await insertTestAccount(api)
  const ask = (operationId: string, options: Ask = {}) => call(api, operationId, options)
  const give = async <T>(operationId: string, options: Ask = {}) => {
    const answer = await ask(operationId, options)
    assert.ok(answer.status < 400, `${operationId}: ${answer.text}`)
    return answer.body as T
  }
  const end = () => api[Symbol.asyncDispose]()
  return { api, domainId: domain.id, ownerId: user.id, plain, stranger, ask, give, [Symbol.asyncDispose]: end }
}

async function call(api: TestApi, operationId: string, options: Ask): Promise<Answer> {
  const operation = OPERATIONS.find(({ id }) => id === operationId)
  assert.ok(operation, `there is no operation ${operationId}`)
  const { params = {}, query = {}, body, as, token, status } = options
  const path = operation.path.replace(/\{(\w+)\}/g, (_place, name) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  const send: CallOptions = {
    body,
    ...(token === undefined ? (as === undefined ? {} : { sign: as }) : { token, sign: false }),
  }
  const answer = await api.call(operation.method, search === '' ? path : `${path}?${search}`, send)
  if (status !== undefined) assert.equal(answer.status, status, `${operationId}: ${answer.text}`)
  assertDeclared(operationId, answer)
  return answer
}

/** The sentence and the code of a refusal, whichever shape its generation has. */
export function refusalOf({ body }: Answer): { readonly code: string; readonly message: string } {
  const { error, ...flat } = body as Readonly<Record<string, unknown>> & { readonly error?: object }
  const inner = { ...flat, ...error } as Readonly<Record<string, unknown>>
  return { code: String(inner.error_code ?? inner.code), message: String(inner.error_msg ?? inner.message) }
}

/** A password that fits all rules. */
export function goodPassword(): string {
  return `Pw1!${crypto.randomUUID().slice(0, 18)}`
}

let counter = 0

/** A name that nobody has yet. */
export function freshName(prefix: string): string {
  counter += 1
  return `${prefix}-n${counter}`
}
