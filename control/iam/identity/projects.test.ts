import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { insertTestAccount } from '../../testing/identity.ts'
import { freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface Project {
  readonly id: string
  readonly name: string
  readonly [member: string]: unknown
}

async function newProject(members: object = {}): Promise<Project> {
  const project = { name: `local-1_${freshName('p')}`, ...members }
  return (await ids.give<{ project: Project }>('KeystoneCreateProject', { body: { project } })).project
}

describe('a project', () => {
  it('is made inside the one of the region, and found by it', async () => {
    const parent_id = ids.api.world.project.id
    const project = await newProject({ description: 'of a test', domain_id: ids.domainId, parent_id })
    assert.partialDeepStrictEqual(project, {
      domain_id: ids.domainId,
      parent_id,
      enabled: true,
      is_domain: false,
      description: 'of a test',
    })
    const shown = await ids.give<{ project: Project }>('KeystoneShowProject', { params: { project_id: project.id } })
    assert.deepEqual(shown.project, project)
    const listed = await ids.give<{ projects: readonly Project[] }>('KeystoneListProjects', { query: { parent_id } })
    assert.ok(listed.projects.some(({ id }) => id === project.id))
  })

  it('is the one of the region in an account without one: the Node SDK asks for it so', async () => {
    const account = await insertTestAccount(ids.api)
    const as = account.owner.access_key
    await ids.api.db.deleteFrom('iam.project').where('id', '=', account.project.id).execute()
    const further = { project: { name: 'local-1_more' } }
    await ids.ask('KeystoneCreateProject', { body: further, as, status: 409 })
    const { regions } = await ids.give<{ regions: readonly { id: string }[] }>('KeystoneListRegions', { as })
    const body = { project: { name: regions[0]?.id, domain_id: account.domain.id } }
    const answers = await Promise.all(Array.from({ length: 3 }, () => ids.ask('KeystoneCreateProject', { body, as })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
    const query = { name: 'local-1' }
    const { projects } = await ids.give<{ projects: readonly Project[] }>('KeystoneListProjects', { query, as })
    assert.deepEqual(
      projects.map(({ parent_id }) => parent_id),
      [account.domain.id],
    )
    await ids.ask('KeystoneCreateProject', { body: further, as, status: 201 })
  })

  it('is renamed inside its region and described; what is not said stays', async () => {
    const project = await newProject({ description: 'before' })
    const params = { project_id: project.id }
    const name = `local-1_${freshName('renamed')}`
    const renamed = await ids.give<{ project: Project }>('KeystoneUpdateProject', {
      params,
      body: { project: { name } },
    })
    assert.deepEqual(renamed.project, { ...project, name })
    const body = { project: { description: '' } }
    const described = await ids.give<{ project: Project }>('KeystoneUpdateProject', { params, body })
    assert.deepEqual(described.project, { ...project, name, description: '' })
  })

  const REFUSALS: readonly (readonly [name: string, status: number, members: () => object, says: RegExp])[] = [
    ['of another region', 400, () => ({ name: 'elsewhere_x' }), /must be local-1, or begin with local-1_/],
    ['called like the region and no more', 400, () => ({ name: 'local-1_' }), /begin with local-1_/],
    ['with a long name', 400, () => ({ name: `local-1_${'n'.repeat(60)}` }), /longer than 64/],
    ['of another account', 404, () => ({ domain_id: ids.stranger.domain.id }), /Could not find domain/],
    ['inside an unknown project', 404, () => ({ parent_id: 'nowhere' }), /Could not find project: nowhere/],
    ["inside another account's project", 404, () => ({ parent_id: ids.stranger.project.id }), /find project/],
    ['that is there already', 409, () => ({ name: 'local-1' }), /another project of the account is called local-1/],
  ]
  for (const [name, status, members, says] of REFUSALS) {
    it(`${name} is refused`, async () => {
      const body = { project: { name: `local-1_${freshName('refused')}`, ...members() } }
      assert.match(refusalOf(await ids.ask('KeystoneCreateProject', { body, status })).message, says)
    })
  }

  it('is refused a change that changes nothing, a name that is taken, and the name of the region', async () => {
    const [one, other] = [await newProject(), await newProject()]
    const params = { project_id: one.id }
    for (const [project, status] of [
      [{}, 400],
      [{ name: other.name }, 409],
      [{ name: 'local-1' }, 400],
      [{ name: 'elsewhere' }, 400],
    ] as const) {
      await ids.ask('KeystoneUpdateProject', { params, body: { project }, status })
    }
    const region = { project_id: ids.api.world.project.id }
    await ids.ask('KeystoneUpdateProject', { params: region, body: { project: { name: 'local-1_x' } }, status: 400 })
    await ids.ask('KeystoneUpdateProject', { params: region, body: { project: { description: 'd' } }, status: 200 })
  })
})

describe('what clients find before they know anything', () => {
  it('is the version of the API, at the root as one of several', async () => {
    const listed = await ids.api.call('GET', '/', { sign: false })
    assert.equal(listed.status, 300)
    const { versions } = listed.body as { versions: { values: readonly Record<string, unknown>[] } }
    const [version] = versions.values
    assert.deepEqual([version?.id, version?.status], ['v3.6', 'stable'])
    assert.deepEqual(version?.links, [{ rel: 'self', href: `${ids.api.endpoint}/v3/` }])
    const shown = await ids.api.call('GET', '/v3', { sign: false })
    assert.deepEqual([shown.status, shown.body], [200, { version }])
    const eps = await ids.api.call('GET', '/v1.0', { sign: false })
    assert.partialDeepStrictEqual(eps.body, { version: { id: 'v1.0', status: 'CURRENT' } })
  })

  it('is the region, their account, and the projects they can get a token for', async () => {
    const { regions } = await ids.give<{ regions: unknown }>('KeystoneListRegions')
    assert.partialDeepStrictEqual(regions, [{ id: 'local-1', type: 'public', parent_region_id: null }])
    const { domain } = await ids.give<{ domain: object }>('KeystoneShowDomain', { params: { domain_id: ids.domainId } })
    assert.partialDeepStrictEqual(domain, { id: ids.domainId, name: ids.api.world.domain.name, enabled: true })
    const closed = await newProject()
    await ids.api.db.updateTable('iam.project').set({ enabled: false }).where('id', '=', closed.id).execute()
    const as = ids.plain.access_key
    const { projects } = await ids.give<{ projects: readonly Project[] }>('KeystoneListAuthProjects', { as })
    assert.ok(projects.some(({ id }) => id === ids.api.world.project.id))
    assert.ok(!projects.some(({ id }) => id === closed.id))
  })

  it('is never another account: that is as unknown as one that is not there', async () => {
    for (const domain_id of [ids.stranger.domain.id, 'nowhere']) {
      await ids.ask('KeystoneShowDomain', { params: { domain_id }, status: 404 })
    }
  })
})
