import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { insertFleet } from '#testing'
import { type TestApi, testApi } from '../testing/api.ts'
import { ask, assertRefused, freshName, makeSubnet, makeVpc, one, some, type Thing } from './test-network.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 1 })
})
after(() => api[Symbol.asyncDispose]())

const showVpc = async (id: string) => ask(api, 'ShowVpc', `GET vpcs/${id}`)

describe('a VPC', () => {
  it('is as it was asked for, and is OK at once', async () => {
    const name = freshName()
    const request = {
      name,
      cidr: '172.16.0.0/12',
      description: 'd',
      tags: ['team*a', 'bare*'],
      enterprise_project_id: '',
    }
    const vpc = one(await ask(api, 'CreateVpc', 'POST vpcs', { vpc: request }), 'vpc')
    assert.partialDeepStrictEqual(vpc, {
      ...{ name, cidr: '172.16.0.0/12', description: 'd', status: 'OK', routes: [], enterprise_project_id: '0' },
      tenant_id: api.world.project.id,
    })
    assert.match(String(vpc.created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.deepEqual(one(await showVpc(vpc.id), 'vpc'), vpc)
  })

  it('has its tags and no further blocks in version 3, which Terraform reads', async () => {
    const vpc = await makeVpc(api, '10.51.0.0/16', { tags: ['team*a'] })
    const answer = await api.call('GET', `/v3/${api.world.project.id}/vpc/vpcs/${vpc.id}`)
    assert.partialDeepStrictEqual(one(answer, 'vpc'), {
      ...{ id: vpc.id, extend_cidrs: [], tags: [{ key: 'team', value: 'a' }], status: 'ACTIVE' },
    })
  })

  const WRONG: readonly (readonly [name: string, vpc: object, says: RegExp])[] = [
    ['without a block', { name: 'a' }, /cidr/],
    ['whose block has a host in it', { cidr: '10.0.0.1/16' }, /no block/],
    ['of addresses of the world outside', { cidr: '8.8.0.0/16' }, /not inside/],
    ['with a strange name', { name: 'a b', cidr: '10.0.0.0/16' }, /name/],
    ['with one tag twice', { cidr: '10.0.0.0/16', tags: ['a*1', 'a*2'] }, /the tag a is there twice/],
    ['with a member nobody knows', { cidr: '10.0.0.0/16', colour: 'red' }, /colour/],
  ]
  for (const [name, vpc, says] of WRONG) {
    it(`${name} is refused`, async () => {
      assertRefused(await ask(api, 'CreateVpc', 'POST vpcs', { vpc }), 400, 'VPC.0101', says)
    })
  }

  it('of an enterprise project that is not there is refused', async () => {
    const vpc = { cidr: '10.0.0.0/16', enterprise_project_id: 'nowhere' }
    assertRefused(await ask(api, 'CreateVpc', 'POST vpcs', { vpc }), 404, 'VPC.0202', /enterprise project nowhere/)
  })

  it('has a name that no other of the project has, also when two ask at once', async () => {
    const vpc = { name: freshName(), cidr: '10.0.0.0/16' }
    const answers = await Promise.all([1, 2].map(() => ask(api, 'CreateVpc', 'POST vpcs', { vpc })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
    const unnamed = { cidr: '10.0.0.0/16' }
    for (const _ of [1, 2]) one(await ask(api, 'CreateVpc', 'POST vpcs', { vpc: unnamed }), 'vpc')
  })

  it('changes what is said and nothing else; its subnets stay inside', async () => {
    const vpc = await makeVpc(api, '10.52.0.0/16', { description: 'kept' })
    await makeSubnet(api, vpc, '10.52.1')
    const put = (change: object) => ask(api, 'UpdateVpc', `PUT vpcs/${vpc.id}`, { vpc: change })
    const name = freshName()
    assert.partialDeepStrictEqual(one(await put({ name, cidr: '10.52.0.0/20' }), 'vpc'), {
      ...{ name, cidr: '10.52.0.0/20', description: 'kept' },
    })
    assertRefused(await put({ cidr: '10.52.2.0/24' }), 400, 'VPC.0203', /10\.52\.1\.0\/24/)
    assertRefused(await put({ name: api.world.vpc.name }), 409, 'VPC.0101', /taken/)
    assert.equal(one(await showVpc(vpc.id), 'vpc').cidr, '10.52.0.0/20')
  })

  it('goes when nothing is in it, and not before', async () => {
    const vpc = await makeVpc(api, '10.53.0.0/16')
    const subnet = await makeSubnet(api, vpc, '10.53.0')
    const remove = () => ask(api, 'DeleteVpc', `DELETE vpcs/${vpc.id}`)
    assertRefused(await remove(), 409, 'VPC.0104', new RegExp(`subnet ${subnet.id}`))
    assert.equal((await ask(api, 'DeleteSubnet', `DELETE vpcs/${vpc.id}/subnets/${subnet.id}`)).status, 204)
    assert.equal((await remove()).status, 204)
    assertRefused(await showVpc(vpc.id), 404, 'VPC.0202', /There is no VPC/)
    assertRefused(await remove(), 404, 'VPC.0202', /There is no VPC/)
  })

  it('of another project is as one that is not there', async () => {
    const { projectId } = await insertFleet(api.db, { servers: 0 })
    const { rows } = await sql<{ id: string }>`SELECT id FROM vpc.vpc WHERE project_id = ${projectId}`.execute(api.db)
    assertRefused(await showVpc(rows[0]?.id ?? ''), 404, 'VPC.0202', /There is no VPC/)
  })
})

describe('the list of VPCs', () => {
  it('goes page by page after a marker, and narrows by id and enterprise project', async () => {
    for (const _ of [1, 2, 3]) await makeVpc(api)
    const list = async (query: string) => some(await ask(api, 'ListVpcs', `GET vpcs?${query}`), 'vpcs')
    const all = await list('')
    const pages: Thing[] = []
    for (let marker = ''; ; ) {
      const page = await list(`limit=2&marker=${marker}`)
      assert.ok(page.length <= 2)
      pages.push(...page)
      marker = page.at(-1)?.id ?? ''
      if (page.length === 0) break
    }
    assert.deepEqual(pages, all)
    assert.deepEqual(await list(`id=${all[1]?.id}`), [all[1]])
    assert.deepEqual(await list('enterprise_project_id=0'), all)
    assert.deepEqual(await list('enterprise_project_id=all_granted_eps'), all)
    assert.deepEqual(await list('enterprise_project_id=none'), [])
    assert.deepEqual(await list('limit=0'), [])
  })

  it('refuses a limit that is none', async () => {
    for (const limit of ['2001', '-1', 'x']) {
      assertRefused(await ask(api, 'ListVpcs', `GET vpcs?limit=${limit}`), 400, 'VPC.0101', /limit/)
    }
  })
})

it('a project has so many VPCs and no more, also when several ask at once', async () => {
  await using full = await testApi({ servers: 0 })
  await sql`INSERT INTO vpc.vpc (id, project_id, name, cidr, created_at)
    SELECT 'many-' || n, ${full.world.project.id}, 'many-' || n, '10.0.0.0/16', now()
    FROM generate_series(1, 97) AS n`.execute(full.db)
  const answers = await Promise.all(
    [1, 2, 3, 4].map(() => ask(full, 'CreateVpc', 'POST vpcs', { vpc: { cidr: '10.0.0.0/16' } })),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 409, 409])
  const refused = answers.find(({ status }) => status === 409) ?? assert.fail()
  assertRefused(refused, 409, 'VPC.0114', /100 VPCs/)
})
