import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { systemClock } from '#kernel'
import type { AccessKey, Answer, CallOptions, TestApi } from '../testing/api.ts'
import type { Overheard } from '../testing/leaks.ts'
import { type Credential, type Foreign, insertForeign } from './credential/test-agencies.ts'
import { goodPassword } from './identity/test-calls.ts'
import { rotateMasterKey, rotateSealingKey } from './keys/keyring.ts'

export const WRONG_PASSWORD = 'Wrong-passw0rd-of-nobody'
export const WRONG_SECRET = 'wrong-secret-of-nobody-at-all'

const TOKENS = '/v3/auth/tokens'
const TEMPORARY = '/v3.0/OS-CREDENTIAL/securitytokens'

/** Whatever has a secret in it, done rightly and wrongly. */
export interface Exercise {
  readonly api: TestApi
  readonly heard: Overheard
  readonly foreign: Foreign
}

export async function openExercise(api: TestApi, heard: Overheard): Promise<Exercise> {
  return { api, heard, foreign: await insertForeign(api) }
}

/** A call that has to be answered with the status. */
async function call({ heard }: Exercise, request: string, status: number, options: CallOptions = {}): Promise<Answer> {
  const [method = '', path = ''] = request.split(' ')
  const answer = await heard.call(method, path, options)
  assert.equal(answer.status, status, `${request}: ${answer.text}`)
  return answer
}

function passwordAuth(user: object, scope?: object) {
  return { auth: { identity: { methods: ['password'], password: { user } }, ...(scope ? { scope } : {}) } }
}

async function token(place: Exercise, identity: object, options: CallOptions = {}): Promise<string> {
  const scope = { project: { id: place.api.world.project.id } }
  const auth = 'assume_role' in identity ? { identity } : { identity, scope }
  const answer = await call(place, `POST ${TOKENS}`, 201, { sign: false, ...options, body: { auth } })
  return String(answer.headers['x-subject-token'])
}

interface Person {
  readonly id: string
  readonly password: string
  readonly key: AccessKey
}

/** Passwords: set in both generations that have them, changed by the administrator and by the user, and refused. */
export async function passwords(place: Exercise): Promise<Person> {
  const { domain } = place.api.world
  const body = { user: { name: 'first', password: goodPassword() } }
  const { user } = (await call(place, 'POST /v3/users', 201, { body })).body as { user: { id: string } }
  const second = { user: { name: 'second', domain_id: domain.id, password: goodPassword() } }
  await call(place, 'POST /v3.0/OS-USER/users', 201, { body: second })
  await call(place, `PATCH /v3/users/${user.id}`, 200, { body: { user: { password: goodPassword() } } })
  const original_password = goodPassword()
  await call(place, `PUT /v3.0/OS-USER/users/${user.id}`, 200, { body: { user: { password: original_password } } })
  await call(place, `PUT /v3.0/OS-USER/users/${user.id}`, 400, { body: { user: { password: 'tooweakbyfar' } } })
  const key = await accessKeys(place, user.id)
  const password = goodPassword()
  const change = `POST /v3/users/${user.id}/password`
  const wrong = { user: { password, original_password: WRONG_PASSWORD } }
  await call(place, change, 401, { sign: key, body: wrong })
  await call(place, change, 400, { sign: key, body: { user: { password: 'tooweakasever', original_password } } })
  await call(place, change, 204, { sign: key, body: { user: { password, original_password } } })
  return { id: user.id, password, key }
}

/** Access keys of both generations, used rightly and wrongly; gives the first. */
async function accessKeys(place: Exercise, user_id: string): Promise<AccessKey> {
  const older = await call(place, 'POST /v3.0/OS-CREDENTIAL/credentials', 201, { body: { credential: { user_id } } })
  const newer = await call(place, `POST /v5/users/${user_id}/access-keys`, 201)
  const { access, secret } = (older.body as { credential: AccessKey }).credential
  const { access_key: made } = newer.body as { access_key: { access_key_id: string; secret_access_key: string } }
  await call(place, `POST /v5/users/${user_id}/access-keys`, 400)
  for (const sign of [
    { access, secret },
    { access: made.access_key_id, secret: made.secret_access_key },
  ]) {
    await call(place, 'GET /v5/caller-identity', 200, { sign })
    await call(place, 'GET /v5/caller-identity', 401, { sign: { ...sign, secret: WRONG_SECRET } })
  }
  return { access, secret }
}

/** Tokens by each method, asked about, ended, and mutilated; gives one by password. */
export async function tokens(place: Exercise, { id, password }: Person): Promise<string> {
  const { foreign, api } = place
  const owner = { id: api.world.user.id, password: api.world.user.password }
  const own = await token(place, { methods: ['password'], password: { user: { id, password } } })
  const ofOwner = await token(place, { methods: ['password'], password: { user: owner } })
  const traded = await token(place, { methods: ['token'], token: { id: ofOwner } })
  const assume_role = { agency_name: foreign.agencyName, domain_id: foreign.account.domain.id }
  const assumed = await token(place, { methods: ['assume_role'], assume_role }, { token: ofOwner })
  for (const subject of [own, traded]) {
    await call(place, `GET ${TOKENS}`, 200, { token: ofOwner, headers: { 'X-Subject-Token': subject } })
    await call(place, `HEAD ${TOKENS}`, 200, { token: ofOwner, headers: { 'X-Subject-Token': subject } })
  }
  await call(place, `DELETE ${TOKENS}`, 204, { token: ofOwner, headers: { 'X-Subject-Token': traded } })
  await call(place, `GET ${TOKENS}`, 404, { token: ofOwner, headers: { 'X-Subject-Token': traded } })
  await call(place, 'GET /v5/caller-identity', 401, { token: traded })
  await call(place, 'GET /v5/caller-identity', 401, { token: `${own}x` })
  await call(place, 'GET /v5/caller-identity', 200, { token: assumed })
  await call(place, `POST ${TOKENS}`, 401, { sign: false, body: passwordAuth({ id, password: WRONG_PASSWORD }) })
  return own
}

/** Temporary keys from a token in either place and from an agency in both generations, used rightly and wrongly. */
export async function temporaryKeys(place: Exercise, own: string): Promise<void> {
  const { foreign } = place
  const identity = (members: object) => ({ body: { auth: { identity: members } } })
  const assume_role = { agency_name: foreign.agencyName, domain_id: foreign.account.domain.id }
  const older = [
    await call(place, `POST ${TEMPORARY}`, 201, { token: own, ...identity({ methods: ['token'] }) }),
    await call(place, `POST ${TEMPORARY}`, 201, {
      sign: false,
      ...identity({ methods: ['token'], token: { id: own } }),
    }),
    await call(place, `POST ${TEMPORARY}`, 201, identity({ methods: ['assume_role'], assume_role })),
  ].map(({ body }) => (body as { credential: Credential }).credential)
  const agency_urn = `iam::${foreign.account.domain.id}:agency:${foreign.agencyName}`
  const assume = { body: { agency_urn, agency_session_name: 'exercise' } }
  const { credentials } = (await call(place, 'POST /v5/agencies/assume', 200, assume)).body as {
    credentials: { access_key_id: string; secret_access_key: string; security_token: string }
  }
  const keys = [
    ...older.map(({ access, secret, securitytoken }) => ({ sign: { access, secret }, securityToken: securitytoken })),
    {
      sign: { access: credentials.access_key_id, secret: credentials.secret_access_key },
      securityToken: credentials.security_token,
    },
  ]
  for (const { sign, securityToken } of keys) {
    const headers = { 'X-Security-Token': securityToken }
    await call(place, 'GET /v5/caller-identity', 200, { sign, headers })
    await call(place, 'GET /v5/caller-identity', 401, { sign, headers: { 'X-Security-Token': `${securityToken}x` } })
    // the answer shows the canonical request, in which the token is a signed header
    const mismatch = await call(place, 'GET /v5/caller-identity', 401, {
      sign: { ...sign, secret: WRONG_SECRET },
      headers,
    })
    assert.match(mismatch.text, /canonicalRequest:.*x-security-token:\*\*\*/)
  }
}

/** A refusal for want of permission, to a token and to a key, and what its message says when it is decoded. */
export async function refusals(place: Exercise, person: Person, own: string): Promise<void> {
  for (const proof of [{ token: own }, { sign: person.key }]) {
    const refused = await call(place, 'GET /v5/policies', 403, proof)
    const { encoded_authorization_message: encoded_message } = refused.body as Record<string, string>
    const decoded = await call(place, 'POST /v5/decode-authorization-message', 200, { body: { encoded_message } })
    assert.match(decoded.text, /implicit deny/)
  }
}

/** New keys that seal, and a new master key: none of them is told, and what was sealed before still opens. */
export async function rotation(place: Exercise, person: Person, own: string): Promise<void> {
  const { api, heard } = place
  const [master, next] = [api.masterKeys[0], randomBytes(32)]
  assert.ok(master)
  for (const purpose of ['tokens', 'secrets'] as const) {
    await rotateSealingKey({ db: api.db, clock: systemClock }, api.masterKeys, purpose)
  }
  await rotateMasterKey({ db: api.db }, master, next)
  for (const key of [master, next]) heard.secrets.add(key.toString('base64')).add(key.toString('hex'))
  await call(place, 'GET /v5/caller-identity', 200, { token: own })
  await call(place, 'GET /v5/caller-identity', 200, { sign: person.key })
}

/** Calls that end in 500 with a secret in hand; the database's own words are about the row. Gives how many. */
export async function failures(place: Exercise, person: Person): Promise<number> {
  const { api } = place
  const { id, password } = person
  await sql`ALTER TABLE iam.user ADD CONSTRAINT broken CHECK (name <> 'broken')`.execute(api.db)
  await sql`ALTER TABLE iam.access_key ADD CONSTRAINT broken CHECK (description <> 'broken')`.execute(api.db)
  await sql`ALTER TABLE iam.temporary_key ADD CONSTRAINT broken CHECK (false) NOT VALID`.execute(api.db)
  const user = { name: 'broken', password: goodPassword() }
  await call(place, 'POST /v3/users', 500, { body: { user } })
  const credential = { user_id: id, description: 'broken' }
  await call(place, 'DELETE /v3.0/OS-CREDENTIAL/credentials/NOSUCHKEY', 404)
  await call(place, `DELETE /v5/users/${id}/access-keys/${person.key.access}`, 204)
  await call(place, 'POST /v3.0/OS-CREDENTIAL/credentials', 500, { body: { credential } })
  // a key that goes takes the tokens of its user along
  const scope = { project: { id: api.world.project.id } }
  const renewed = await call(place, `POST ${TOKENS}`, 201, { sign: false, body: passwordAuth({ id, password }, scope) })
  const own = String(renewed.headers['x-subject-token'])
  const body = { auth: { identity: { methods: ['token'] } } }
  await call(place, `POST ${TEMPORARY}`, 500, { token: own, body })

  await sql`ALTER TABLE iam.project RENAME TO misplaced`.execute(api.db)
  await call(place, `POST ${TOKENS}`, 500, { sign: false, body: passwordAuth({ id, password }, scope) })
  await call(place, 'GET /v3/projects', 500, { token: own })
  await call(place, 'GET /v3/projects', 500)
  await sql`ALTER TABLE iam.misplaced RENAME TO project`.execute(api.db)
  return 6
}
