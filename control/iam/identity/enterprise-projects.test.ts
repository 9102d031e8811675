import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { created, groupsPath, newGroup } from '../../fleet/test-groups.ts'
import { testApi } from '../../testing/api.ts'
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
  const body = { name: freshName('eps'), ...members }
  return (await ids.give<{ enterprise_project: Project }>('CreateEnterpriseProject', { body })).enterprise_project
}

async function list(query: Readonly<Record<string, string | number>> = {}) {
  const answer = await ids.give<{ enterprise_projects: readonly Project[]; total_count: number }>(
    'ListEnterpriseProject',
    { query },
  )
  return { names: answer.enterprise_projects.map(({ name }) => name), total: answer.total_count }
}

const paramsOf = ({ id }: Project) => ({ enterprise_project_id: id })
const act = (project: Project, action: string, status: number) =>
  ids.ask('EnableEnterpriseProject', { params: paramsOf(project), body: { action }, status })

describe('the default enterprise project', () => {
  const params = { enterprise_project_id: '0' }

  it('is there before anybody makes one, and in every account', async () => {
    for (const as of [ids.api.world.access_key, ids.stranger.owner.access_key]) {
      const { enterprise_project: project } = await ids.give<{ enterprise_project: Project }>('ShowEnterpriseProject', {
        params,
        as,
      })
      assert.partialDeepStrictEqual(project, { id: '0', name: 'default', status: 1, type: 'prod', delete_flag: false })
    }
    assert.deepEqual(await list({ id: '0' }), { names: ['default'], total: 1 })
  })

  it('stays as it is', async () => {
    await ids.ask('DeleteEnterpriseProject', { params, status: 409 })
    await ids.ask('EnableEnterpriseProject', { params, body: { action: 'disable' }, status: 409 })
    await ids.ask('UpdateEnterpriseProject', { params, body: { name: 'other' }, status: 409 })
    assert.deepEqual(await list({ id: '0', status: 1 }), { names: ['default'], total: 1 })
  })
})

describe('an enterprise project', () => {
  it('is shown as it was made', async () => {
    const project = await newProject({ description: '描述', type: 'poc' })
    assert.match(String(project.created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.partialDeepStrictEqual(project, { description: '描述', type: 'poc', status: 1, delete_flag: false })
    const shown = await ids.give<{ enterprise_project: Project }>('ShowEnterpriseProject', {
      params: paramsOf(project),
    })
    assert.deepEqual(shown.enterprise_project, project)
  })

  it('is renamed and described, and keeps what is not said', async () => {
    const project = await newProject({ description: 'before', type: 'poc' })
    const body = { name: freshName('renamed'), type: 'prod' }
    const answer = await ids.give<{ enterprise_project: Project }>('UpdateEnterpriseProject', {
      params: paramsOf(project),
      body,
    })
    const { updated_at } = answer.enterprise_project
    assert.deepEqual(answer.enterprise_project, { ...project, name: body.name, updated_at })
  })

  it('is disabled and enabled, and found by its state', async () => {
    const project = await newProject()
    await act(project, 'disable', 204)
    assert.deepEqual((await list({ id: project.id, status: 2 })).names, [project.name])
    await act(project, 'enable', 204)
    assert.deepEqual(await list({ id: project.id, status: 2 }), { names: [], total: 0 })
    await act(project, 'destroy', 400)
  })

  it('is found by a part of its name and by its type, in order and in pages', async () => {
    const mark = freshName('mark')
    for (const letter of ['a', 'b', 'c']) await newProject({ name: `${mark}-${letter}`, type: 'poc' })
    await newProject({ name: `${mark}-d` })
    const query = { name: mark, type: 'poc' }
    const ascending = await list({ ...query, sort_dir: 'asc' })
    assert.deepEqual(ascending, { names: ['a', 'b', 'c'].map((letter) => `${mark}-${letter}`), total: 3 })
    assert.deepEqual((await list(query)).names, ascending.names.toReversed())
    const page = await list({ ...query, sort_dir: 'asc', limit: 1, offset: 1 })
    assert.deepEqual(page, { names: [`${mark}-b`], total: 3 })
    assert.deepEqual(await list({ ...query, offset: 9 }), { names: [], total: 3 })
  })

  it('of another account is neither shown nor listed nor changed', async () => {
    const project = await newProject()
    const as = ids.stranger.owner.access_key
    const params = paramsOf(project)
    await ids.ask('ShowEnterpriseProject', { params, as, status: 404 })
    await ids.ask('DeleteEnterpriseProject', { params, as, status: 404 })
    const { total_count } = await ids.give<{ total_count: number }>('ListEnterpriseProject', { as })
    assert.equal(total_count, 1)
    await ids.ask('CreateEnterpriseProject', { body: { name: project.name }, as, status: 201 })
  })

  const REFUSALS: readonly (readonly [name: string, members: object])[] = [
    ['without a name', { name: undefined }],
    ...['', 'a b', 'default', 'DeFault', 'n'.repeat(65), 'ä'].map((name) => [`called '${name}'`, { name }] as const),
    ['with a long description', { description: 'd'.repeat(513) }],
    ['of another type', { type: 'test' }],
  ]
  for (const [name, members] of REFUSALS) {
    it(`is refused ${name}`, async () => {
      const answer = await ids.ask('CreateEnterpriseProject', { body: { name: 'refused', ...members }, status: 400 })
      assert.equal(refusalOf(answer).code, 'IAM.0011')
    })
  }

  it('is refused a list that makes no sense', async () => {
    for (const query of [{ limit: 0 }, { limit: 1001 }, { offset: -1 }, { status: 3 }, { sort_key: 'name' }]) {
      await ids.ask('ListEnterpriseProject', { query, status: 400 })
    }
  })

  it('is made once when it is made several times at the same moment', async () => {
    const body = { name: freshName('wanted') }
    const answers = await Promise.all(Array.from({ length: 4 }, () => ids.ask('CreateEnterpriseProject', { body })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  })
})

describe('an enterprise project with something in it', () => {
  it('is not deleted as long as it has a group of servers', async () => {
    const project = await newProject()
    await created(ids.api, { enterprise_project_id: project.id })
    const answer = await ids.ask('DeleteEnterpriseProject', { params: paramsOf(project), status: 409 })
    assert.match(refusalOf(answer).message, /still has server groups, VPCs or grants/)
    await ids.api.db.deleteFrom('fleet.server_group').where('enterprise_project_id', '=', project.id).execute()
    await ids.ask('DeleteEnterpriseProject', { params: paramsOf(project), status: 204 })
    await ids.ask('ShowEnterpriseProject', { params: paramsOf(project), status: 404 })
  })

  it('is not deleted as long as a grant is for it', async () => {
    const project = await newProject()
    const { db } = ids.api
    const at = { created_at: new Date(), updated_at: new Date() }
    const policy = { id: randomUUID(), model: 'policy', type: 'XA', ...at } as const
    await db
      .insertInto('iam.policy')
      .values({ ...policy, name: policy.id, domain_id: ids.domainId })
      .execute()
    const grant = {
      id: randomUUID(),
      domain_id: ids.domainId,
      policy_id: policy.id,
      user_id: ids.plain.id,
      group_id: null,
      agency_id: null,
      project_id: null,
      scope: 'enterprise_project',
      enterprise_project_id: project.id,
      created_at: new Date(),
    } as const
    await db.insertInto('iam.grant').values(grant).execute()
    await ids.ask('DeleteEnterpriseProject', { params: paramsOf(project), status: 409 })
    await db.deleteFrom('iam.grant').where('id', '=', grant.id).execute()
    await ids.ask('DeleteEnterpriseProject', { params: paramsOf(project), status: 204 })
  })

  it('takes nothing new when it is unknown, disabled or of another account', async () => {
    const disabled = await newProject()
    await act(disabled, 'disable', 204)
    const as = ids.stranger.owner.access_key
    const foreign = await ids.give<{ enterprise_project: Project }>('CreateEnterpriseProject', {
      body: { name: freshName('foreign') },
      as,
    })
    for (const enterprise_project_id of [disabled.id, foreign.enterprise_project.id, 'nowhere']) {
      const body = newGroup(ids.api, { enterprise_project_id })
      const answer = await ids.api.call('POST', groupsPath(ids.api.world.project.id), { body })
      assert.deepEqual([answer.status, /does not exist in this account/.test(answer.text)], [404, true])
    }
  })

  it('is deleted or has the group, but not both, when the two happen at the same moment', async () => {
    for (let round = 0; round < 4; round += 1) {
      const project = await newProject()
      const body = newGroup(ids.api, { enterprise_project_id: project.id })
      const [made, deleted] = await Promise.all([
        ids.api.call('POST', groupsPath(ids.api.world.project.id), { body }),
        ids.ask('DeleteEnterpriseProject', { params: paramsOf(project) }),
      ])
      assert.ok(['200 409', '404 204'].includes(`${made.status} ${deleted.status}`), `${made.text} ${deleted.text}`)
    }
  })
})

describe('the quota of enterprise projects', () => {
  const used = async () =>
    (
      await ids.give<{ quotas: { resources: readonly { used: number; quota: number }[] } }>(
        'ShowEnterpriseProjectQuota',
      )
    ).quotas.resources[0]

  it('counts those that were made, and the one after the last is refused, also in a crowd', async () => {
    const before = await used()
    await newProject()
    assert.deepEqual(await used(), { ...before, used: (before?.used ?? 0) + 1 })
    const missing = 99 - ((await used())?.used ?? 0)
    const at = { created_at: new Date(), updated_at: new Date() }
    const rows = Array.from({ length: missing }, () => ({ id: randomUUID(), name: randomUUID(), ...at }))
    await ids.api.db
      .insertInto('iam.enterprise_project')
      .values(rows.map((row) => ({ ...row, domain_id: ids.domainId })))
      .execute()
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => ids.ask('CreateEnterpriseProject', { body: { name: freshName('last') } })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
    assert.equal((await used())?.used, 100)
  })
})
