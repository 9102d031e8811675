import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '#kernel'
import { type Answer, type TestApi, testApi } from '../../testing/api.ts'
import { applyBootstrap } from './apply.service.ts'
import { type Bootstrap, readBootstrap } from './read-file.ts'

const GUIDE = new URL('../../../docs/guides/accounts.md', import.meta.url)

const SECRET = randomBytes(20).toString('hex')
const PASSWORDS = {
  ACME_ROOT_PASSWORD: 'Root-of-acme-1',
  PARTNER_ROOT_PASSWORD: 'Root-of-partner-1',
  ANNA_PASSWORD: 'Anna-of-acme-1',
  BO_PASSWORD: 'Bo-of-acme-1',
}

/** The example as it is printed, in a folder with the file of its secret. */
function readGuide(folder: string, environment: Record<string, string> = PASSWORDS): Bootstrap {
  const [, text] = /^```yaml\n(.*?)^```/ms.exec(readFileSync(GUIDE, 'utf8')) ?? []
  assert.ok(text)
  writeFileSync(join(folder, 'accounts.yaml'), text)
  writeFileSync(join(folder, 'anna.secret'), `${SECRET}\n`, { mode: 0o600 })
  return readBootstrap(join(folder, 'accounts.yaml'), environment)
}

describe('the example of the guide, applied at the start', () => {
  let api: TestApi
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-guide-'))
    // the servers of the world are in the account and project of the example
    api = await testApi({
      bootstrap: readGuide(folder),
      world: (world) => ({
        ...world,
        domain: { ...world.domain, name: 'acme' },
        user: { ...world.user, name: 'root' },
      }),
    })
  })
  after(async () => {
    await api[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const logIn = async (name: string, password: string, domain = 'acme', call = api.call): Promise<Answer> => {
    const user = { name, password, domain: { name: domain } }
    const scope = domain === 'acme' ? { project: { name: 'local-1' } } : { domain: { name: domain } }
    const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } }
    return call('POST', '/v3/auth/tokens', { sign: false, body })
  }
  const tokenOf = async (name: string, password: string): Promise<string> => {
    const answer = await logIn(name, password)
    assert.equal(answer.status, 201, answer.text)
    return String(answer.headers['x-subject-token'])
  }
  const servers = () => `/v1/${api.world.project.id}/app-servers`
  const body = (at: number) => ({ items: [{ id: api.world.servers[at]?.id, enable: true }] })
  const update = () => `${servers()}/actions/batch-update-tsvi`
  const apply = (environment: Record<string, string>) => {
    const deps = { db: api.db, clock: systemClock, keyring: api.keyring, region: 'local-1' }
    return applyBootstrap(deps, readGuide(folder, environment), { dryRun: false })
  }

  it('is logged without its secrets', () => {
    const line = api.log.lines.find(({ message }) => message === 'the bootstrap file was applied')
    const text = JSON.stringify(line)
    assert.match(text, /created user acme\/ops-anna/)
    for (const secret of [...Object.values(PASSWORDS), SECRET]) assert.ok(!text.includes(secret))
  })

  it('lets ops-anna update servers, with a token and with her key', async () => {
    const token = await tokenOf('ops-anna', PASSWORDS.ANNA_PASSWORD)
    const updated = await api.call('PATCH', update(), { token, body: body(0) })
    assert.equal(updated.status, 200, updated.text)
    const key = { access: 'ANNA0000000000000001', secret: SECRET }
    const signed = await api.call('PATCH', update(), { sign: key, body: body(1) })
    assert.equal(signed.status, 200, signed.text)
    assert.equal((await api.call('GET', servers(), { sign: key })).status, 200)
  })

  it('lets viewer-bo look, and not update', async () => {
    const token = await tokenOf('viewer-bo', PASSWORDS.BO_PASSWORD)
    assert.equal((await api.call('GET', servers(), { token })).status, 200)
    const refused = await api.call('PATCH', update(), { token, body: body(0) })
    assert.equal(refused.status, 403, refused.text)
    assert.match(refused.text, /workspace:server:batchUpdateTsvi/)
  })

  it('makes the owners, whose passwords are those of the file', async () => {
    assert.equal((await logIn('root', PASSWORDS.PARTNER_ROOT_PASSWORD, 'partner')).status, 201)
    await tokenOf('root', PASSWORDS.ACME_ROOT_PASSWORD)
  })

  it('logs out who gets another password, and nobody else', async () => {
    const anna = await tokenOf('ops-anna', PASSWORDS.ANNA_PASSWORD)
    const bo = await tokenOf('viewer-bo', PASSWORDS.BO_PASSWORD)
    assert.deepEqual(await apply(PASSWORDS), [])
    const changed = await apply({ ...PASSWORDS, BO_PASSWORD: 'Bo-of-acme-2' })
    assert.deepEqual(changed, ['changed user acme/viewer-bo: password'])
    // without a file: what this one remembers of users it has read after the change
    await using replica = await api.startReplica()
    assert.equal((await replica.call('GET', servers(), { token: anna })).status, 200)
    const ended = await replica.call('GET', servers(), { token: bo })
    assert.equal(ended.status, 401)
    assert.match(ended.text, /APIGW\.0307/)
    assert.equal((await logIn('viewer-bo', 'Bo-of-acme-2', 'acme', replica.call)).status, 201)
  })
})
