import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
let strangerId: string
before(async () => {
  api = await testApi()
  const { projectId } = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  const stranger = api.db.updateTable('iam.project').set({ name: 'elsewhere-1' }).where('id', '=', projectId)
  strangerId = (await stranger.returning('domain_id').executeTakeFirstOrThrow()).domain_id
  for (const [name, enabled] of [['local-2', true] as const, ['closed-1', false] as const]) {
    const project = { id: randomUUID(), domain_id: api.world.domain.id, name, enabled, created_at: new Date() }
    await api.db.insertInto('iam.project').values(project).execute()
  }
})
after(() => api[Symbol.asyncDispose]())

interface Listed {
  readonly projects: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[]
}

describe('what an account lists of itself', () => {
  const listProjects = async (query: string): Promise<Listed['projects']> => {
    const answer = await api.call('GET', `/v3/projects${query}`)
    assert.equal(answer.status, 200, answer.text)
    assertDeclared('KeystoneListProjects', answer)
    return (answer.body as Listed).projects
  }

  const FILTERS: readonly (readonly [string, () => string, readonly string[]])[] = [
    ['nothing', () => '', ['closed-1', 'local-1', 'local-2']],
    ['a name', () => '?name=local-1', ['local-1']],
    ['an unknown name', () => '?name=nowhere', []],
    ["another account's project name", () => '?name=elsewhere-1', []],
    ['the own domain', () => `?domain_id=${api.world.domain.id}`, ['closed-1', 'local-1', 'local-2']],
    ["another account's domain", () => `?domain_id=${strangerId}`, []],
    ['a parent', () => `?parent_id=${api.world.domain.id}&name=local-2`, ['local-2']],
    ['another parent', () => '?parent_id=nowhere', []],
    ['enabled ones', () => '?enabled=true', ['local-1', 'local-2']],
    ['disabled ones', () => '?enabled=false', ['closed-1']],
    ['domains that are projects', () => '?is_domain=true', []],
    ['the second page of two', () => '?page=2&per_page=2', ['local-2']],
    ['a page after the last', () => '?page=9&per_page=2', []],
  ]
  for (const [name, query, names] of FILTERS) {
    it(`gives its projects, asked for ${name}`, async () => {
      assert.deepEqual(
        (await listProjects(query())).map((project) => project.name),
        names,
      )
    })
  }

  it('refuses a filter that makes no sense, in the shape of IAM', async () => {
    for (const query of ['?per_page=0', '?per_page=5001', '?page=x', '?enabled=maybe', '?name=a&name=b']) {
      const answer = await api.call('GET', `/v3/projects${query}`)
      assert.equal(answer.status, 400, query)
      assertDeclared('KeystoneListProjects', answer)
    }
  })

  it('gives its domain, and no other', async () => {
    const answer = await api.call('GET', '/v3/auth/domains')
    assert.equal(answer.status, 200)
    assertDeclared('KeystoneListAuthDomains', answer)
    const { domains } = answer.body as { domains: readonly { id: string; name: string; enabled: boolean }[] }
    assert.deepEqual(
      domains.map(({ id, name, enabled }) => [id, name, enabled]),
      [[api.world.domain.id, api.world.domain.name, true]],
    )
  })

  it('gives nothing without a credential', async () => {
    for (const path of ['/v3/projects', '/v3/auth/domains']) {
      assert.equal((await api.call('GET', path, { sign: false })).status, 401)
    }
  })
})
