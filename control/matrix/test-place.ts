import assert from 'node:assert/strict'
import type { Operation } from '../../contract/operation.ts'
import { OPERATIONS } from '../../contract/operations/index.ts'
import { type AccessKey, type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { type TestClock, testClock } from '../testing/clock.ts'
import { insertTestAccount, insertTestUser, type TestAccount } from '../testing/identity.ts'
import { type Overheard, overhear } from '../testing/leaks.ts'

/** A right request of an operation. */
export interface Ask {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What is true once it has succeeded. */
  readonly done?: () => void
}

/** A user who calls; with a password only where a row needs one. */
export interface Caller {
  readonly id: string
  readonly name: string
  readonly key: AccessKey
  password?: string
}

/** How a call proves who makes it; null: not at all. */
export type Credential = { readonly key: AccessKey } | { readonly token: string } | null

/** Everybody who calls, what they call about, and what was said. */
export interface Place extends AsyncDisposable {
  readonly api: TestApi
  readonly domainId: string
  readonly projectId: string
  readonly owner: Caller
  readonly plain: Caller
  /** Owner of another account. */
  readonly stranger: Caller
  readonly otherAccount: TestAccount
  /** May do everything, and is disabled. */
  readonly disabled: Caller
  /** Of a user who may do everything, and too old. */
  readonly expiredToken: string
  /** A job of the account. */
  readonly jobId: string
  /** Ids and names that another account must never read. */
  readonly ours: Set<string>
  /** All that was said by then. */
  readonly heard: Overheard
  call(operation: Operation, ask: Ask, credential: Credential): Promise<Answer>
  /** As the owner, and well; gives the body. */
  give<T>(operationId: string, ask?: Ask): Promise<T>
  /** A server that no row has touched. */
  nextServer(): string
}

/** Longer than a token lives. */
const TOO_LATE_SECONDS = 25 * 3600

export async function openPlace(): Promise<Place> {
  const clock = testClock(new Date(Date.now() - TOO_LATE_SECONDS * 1000))
  await using stack = new AsyncDisposableStack()
  const api = stack.use(await testApi({ servers: 28, clock, hosts: true }))
  const known = await insertCallers(api)
  const open = stack.move()
  const said = recorder(api, clock)
  const servers = api.world.servers.map(({ id }) => id)
  const base = {
    ...{ api, ...known, ...said },
    domainId: api.world.domain.id,
    projectId: api.world.project.id,
    ours: oursOf(api, known),
    nextServer: () => servers.pop() ?? assert.fail('no server is left'),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
  const made = { ...base, disabled: known.plain, expiredToken: '', jobId: '' }
  const disabled = await makeAlmighty(made, 'disabled')
  await made.give('UpdateUserV5', { params: { user_id: disabled.id }, body: { enabled: false } })
  const expiredToken = await makeOldToken(made, clock)
  const items = [{ id: base.nextServer(), enable: true }]
  const { job_id: jobId } = await made.give<{ job_id: string }>('BatchUpdateTsvi', {
    params: { project_id: base.projectId },
    body: { items },
  })
  base.ours.add(jobId)
  return { ...base, disabled, expiredToken, jobId }
}

async function insertCallers(api: TestApi) {
  const { domain, user, access_key } = api.world
  const { access_key: plainKey, ...plain } = await insertTestUser(api, domain.id, 'plain')
  const otherAccount = await insertTestAccount(api)
  const { access_key: strangerKey, ...stranger } = otherAccount.owner
  return {
    owner: { ...user, key: access_key },
    plain: { ...plain, key: plainKey },
    stranger: { ...stranger, key: strangerKey },
    otherAccount,
  }
}

function oursOf({ world }: TestApi, { plain }: { readonly plain: Caller }): Set<string> {
  const { domain, project, user, vpc, subnet, server_group: group, servers } = world
  const ids = [domain, project, user, vpc, subnet, group, ...servers, plain].map(({ id }) => id)
  return new Set([...ids, domain.name])
}

/** Calls operations by the contract and keeps what was said. */
function recorder(api: TestApi, clock: TestClock) {
  const heard = overhear(api.call)
  const call = async (operation: Operation, ask: Ask, credential: Credential): Promise<Answer> => {
    // every signature is another one
    clock.advance(1)
    const { headers = {}, body } = ask
    const { key, token } = { key: undefined, token: undefined, ...credential }
    const proof = token === undefined ? { sign: key ?? (false as const) } : { token }
    const answer = await heard.call(operation.method, pathOf(operation, ask), { headers, body, ...proof })
    assertDeclared(operation.id, answer)
    if (answer.status < 400) ask.done?.()
    return answer
  }
  const give = async <T>(operationId: string, ask: Ask = {}): Promise<T> => {
    const answer = await call(requireOperation(operationId), ask, { key: api.world.access_key })
    assert.ok(answer.status < 400, `${operationId}: ${answer.text}`)
    return answer.body as T
  }
  return { heard, call, give }
}

export function requireOperation(operationId: string): Operation {
  return OPERATIONS.find(({ id }) => id === operationId) ?? assert.fail(`there is no operation ${operationId}`)
}

function pathOf({ path }: Operation, { params = {}, query = {} }: Ask): string {
  const filled = path.replace(/\{(\w+)\}/g, (_place, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(query).toString()
  return search === '' ? filled : `${filled}?${search}`
}

let names = 0

/** A name that nothing has yet. */
export function freshName(kind: string): string {
  names += 1
  return `${kind}-of-row-${names}`
}

type Maker = Pick<Place, 'give' | 'ours'>

/** A user of the account with a key, granted these actions by one identity policy and nothing else. */
export async function makeCaller(
  place: Maker,
  actions: readonly string[],
  name = freshName('caller'),
): Promise<Caller> {
  const { give, ours } = place
  const { user } = await give<{ user: { id: string } }>('KeystoneCreateUser', { body: { user: { name } } })
  const body = { credential: { user_id: user.id } }
  const { credential: key } = await give<{ credential: AccessKey }>('CreatePermanentAccessKey', { body })
  ours.add(user.id).add(key.access)
  if (actions.length > 0) {
    const policy_document = JSON.stringify({ Version: '5.0', Statement: [{ Effect: 'Allow', Action: actions }] })
    const made = await give<{ policy: { policy_id: string } }>('CreatePolicyV5', {
      body: { policy_name: freshName('policy'), policy_document },
    })
    const params = { policy_id: made.policy.policy_id }
    await give('AttachUserPolicyV5', { params, body: { user_id: user.id } })
  }
  return { id: user.id, name, key: { access: key.access, secret: key.secret } }
}

/** Could do everything, as is seen; what is refused to it later is refused for another reason than want of permission. */
async function makeAlmighty(place: Place, name: string): Promise<Caller> {
  const caller = await makeCaller(place, ['*'], name)
  const answer = await place.call(requireOperation('KeystoneListUsers'), {}, { key: caller.key })
  assert.equal(answer.status, 200, answer.text)
  return caller
}

async function makeOldToken(place: Place, clock: TestClock): Promise<string> {
  const late = { ...(await makeAlmighty(place, 'late')), password: freshPassword() }
  const body = { user: { password: late.password } }
  await place.give('KeystoneUpdateUserByAdmin', { params: { user_id: late.id }, body })
  const token = await tokenOf(place, late)
  const list = requireOperation('KeystoneListUsers')
  assert.equal((await place.call(list, {}, { token })).status, 200)
  clock.advance(TOO_LATE_SECONDS)
  const answer = await place.call(list, {}, { token })
  assert.match(answer.text, /token expires/)
  return token
}

export function freshPassword(): string {
  return `Pw1!${crypto.randomUUID().slice(0, 18)}`
}

/** What a token by password is asked with, scoped to the caller's account. */
export function passwordBody({ id, password }: Caller): object {
  return { auth: { identity: { methods: ['password'], password: { user: { id, password } } } } }
}

/** A new token of the caller for its account. */
export async function tokenOf(place: Pick<Place, 'call'>, caller: Caller): Promise<string> {
  const create = requireOperation('KeystoneCreateUserTokenByPassword')
  const answer = await place.call(create, { body: passwordBody(caller) }, null)
  assert.equal(answer.status, 201, answer.text)
  return String(answer.headers['x-subject-token'])
}
