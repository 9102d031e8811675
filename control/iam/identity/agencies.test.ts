import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { testApi } from '../../testing/api.ts'
import { freshName, type Identities, identitiesOf, refusalOf } from './test-calls.ts'

let ids: Identities
before(async () => {
  ids = await identitiesOf(await testApi({ servers: 0 }))
})
after(() => ids[Symbol.asyncDispose]())

interface Agency {
  readonly id: string
  readonly name: string
  readonly [member: string]: unknown
}
interface TrustAgency {
  readonly agency_id: string
  readonly agency_name: string
  readonly [member: string]: unknown
}

async function newAgency(members: object = {}): Promise<Agency> {
  const trusted = { trust_domain_name: ids.stranger.domain.name }
  const agency = { name: freshName('agency'), domain_id: ids.domainId, ...trusted, ...members }
  return (await ids.give<{ agency: Agency }>('CreateAgency', { body: { agency } })).agency
}

function trustPolicy(account: string): string {
  const statement = { Effect: 'Allow', Action: ['sts:agencies:assume'], Principal: { IAM: [account] } }
  return JSON.stringify({ Version: '5.0', Statement: [statement] })
}

async function newTrustAgency(members: object = {}): Promise<TrustAgency> {
  const body = { agency_name: freshName('trust'), trust_policy: trustPolicy(ids.stranger.domain.id), ...members }
  return (await ids.give<{ agency: TrustAgency }>('CreateAgencyV5', { body })).agency
}

describe('an agency', () => {
  it('is shown as it was made, for ever unless told', async () => {
    const agency = await newAgency({ description: 'of a test' })
    assert.partialDeepStrictEqual(agency, {
      domain_id: ids.domainId,
      trust_domain_id: ids.stranger.domain.id,
      trust_domain_name: ids.stranger.domain.name,
      description: 'of a test',
      duration: 'FOREVER',
      expire_time: null,
    })
    const shown = await ids.give<{ agency: Agency }>('ShowAgency', { params: { agency_id: agency.id } })
    assert.deepEqual(shown.agency, agency)
  })

  for (const [duration, days] of [
    ['ONEDAY', 1],
    ['20', 20],
  ] as const) {
    it(`of ${duration} ends ${days} days after it was made`, async () => {
      const { create_time, expire_time } = await newAgency({ duration })
      const [start, end] = [create_time, expire_time].map((time) => Date.parse(`${time}Z`))
      assert.equal((end ?? 0) - (start ?? 0), days * 86_400_000)
    })
  }

  it('is listed with those of the account, by name and by whom it trusts', async () => {
    const { name } = await newAgency()
    const list = async (query: Readonly<Record<string, string>>) =>
      (await ids.give<{ agencies: readonly Agency[] }>('ListAgencies', { query })).agencies.map((one) => one.name)
    assert.deepEqual(await list({ name }), [name])
    assert.ok((await list({ domain_id: ids.domainId, trust_domain_id: ids.stranger.domain.id })).includes(name))
    assert.deepEqual(await list({ trust_domain_id: ids.domainId }), [])
    assert.deepEqual(await list({ domain_id: ids.stranger.domain.id }), [])
  })

  it('is changed in what is said, and gone when it is deleted', async () => {
    const agency = await newAgency()
    const params = { agency_id: agency.id }
    const body = { agency: { description: 'new', duration: 'ONEDAY', trust_domain_id: ids.domainId } }
    const { agency: changed } = await ids.give<{ agency: Agency }>('UpdateAgency', { params, body })
    const { name } = ids.api.world.domain
    const expected = { ...agency, ...body.agency, trust_domain_name: name, expire_time: changed.expire_time }
    assert.deepEqual(changed, expected)
    const same = await ids.give<{ agency: Agency }>('UpdateAgency', { params, body: { agency: {} } })
    assert.deepEqual(same.agency, changed)
    await ids.ask('DeleteAgency', { params, status: 204 })
    await ids.ask('ShowAgency', { params, status: 404 })
  })

  const REFUSALS: readonly (readonly [name: string, status: number, members: () => object, says: RegExp])[] = [
    ['that trusts nobody', 400, () => ({ trust_domain_name: undefined }), /lacks trust_domain_name or/],
    ['that trusts an unknown name', 404, () => ({ trust_domain_name: 'nobody' }), /find trusted domain: nobody/],
    [
      'that trusts an unknown id',
      404,
      () => ({ trust_domain_name: undefined, trust_domain_id: 'nobody' }),
      /find trusted domain: nobody/,
    ],
    ['of another account', 404, () => ({ domain_id: ids.stranger.domain.id }), /find domain/],
    ['of no duration', 400, () => ({ duration: '0' }), /duration/],
    ['with a blank in its name', 400, () => ({ name: 'a b' }), /name/],
  ]
  for (const [name, status, members, says] of REFUSALS) {
    it(`${name} is refused`, async () => {
      const trusted = { trust_domain_name: ids.stranger.domain.name }
      const agency = { name: freshName('refused'), domain_id: ids.domainId, ...trusted, ...members() }
      assert.match(refusalOf(await ids.ask('CreateAgency', { body: { agency }, status })).message, says)
    })
  }

  it('is made once when it is made several times at the same moment', async () => {
    const agency = { name: freshName('wanted'), domain_id: ids.domainId, trust_domain_id: ids.domainId }
    const answers = await Promise.all(Array.from({ length: 4 }, () => ids.ask('CreateAgency', { body: { agency } })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  })
})

describe('a trust agency', () => {
  it('is shown as it was made, its policy as it was written', async () => {
    const trust_policy = `  ${trustPolicy(ids.stranger.domain.id)}\n`
    const facts = { trust_policy, path: 'ops/eu/', max_session_duration: 7200, description: 'of a test' }
    const agency = await newTrustAgency(facts)
    assert.partialDeepStrictEqual(agency, {
      ...facts,
      urn: `iam::${ids.domainId}:agency:ops/eu/${agency.agency_name}`,
    })
    assert.ok(!('trust_domain_id' in agency))
    const params = { agency_id: agency.agency_id }
    const shown = await ids.give<{ agency: TrustAgency }>('GetAgencyV5', { params })
    assert.deepEqual(shown.agency, { ...agency, tags: [] })
    const old = await ids.give<{ agency: Agency }>('ShowAgency', { params })
    assert.equal(old.agency.trust_domain_id, ids.stranger.domain.id)
  })

  it('is listed beside agencies, in pages and by path', async () => {
    await newAgency()
    await newTrustAgency({ path: 'a_b/' })
    await newTrustAgency({ path: 'axb/' })
    const list = (query: Readonly<Record<string, string | number>>) =>
      ids.give<{ agencies: readonly TrustAgency[]; page_info: { next_marker?: string } }>('ListAgenciesV5', { query })
    const { agencies: all } = await list({})
    const first = await list({ limit: 2 })
    const second = await list({ limit: 200, marker: first.page_info.next_marker ?? '' })
    assert.deepEqual([...first.agencies, ...second.agencies], all)
    assert.equal(second.page_info.next_marker, undefined)
    assert.deepEqual(
      (await list({ path_prefix: 'a_b/' })).agencies.map(({ path }) => path),
      ['a_b/'],
    )
    assert.ok(all.some((agency) => agency.trust_domain_id !== undefined && agency.trust_policy === undefined))
  })

  it('is changed in what is said, but trusts whom its policy says', async () => {
    const agency = await newTrustAgency()
    const params = { agency_id: agency.agency_id }
    const body = { max_session_duration: 43_200, description: 'new' }
    const { agency: changed } = await ids.give<{ agency: TrustAgency }>('UpdateAgencyV5', { params, body })
    assert.deepEqual(changed, { ...agency, ...body })
    const trusting = { agency: { trust_domain_id: ids.domainId } }
    await ids.ask('UpdateAgency', { params, body: trusting, status: 409 })
    await ids.ask('DeleteAgencyV5', { params, status: 204 })
    await ids.ask('GetAgencyV5', { params, status: 404 })
  })

  const REFUSALS: readonly (readonly [name: string, status: number, members: () => object, says: RegExp])[] = [
    ['without a policy', 400, () => ({ trust_policy: undefined }), /lacks trust_policy/],
    ['with a policy that is not served', 400, () => ({ trust_policy: '{"Version":"1.1"}' }), /Version must be "5.0"/],
    ['that trusts an unknown account', 404, () => ({ trust_policy: trustPolicy('nobody') }), /trusted domain: nobody/],
    ['with a path that does not end', 400, () => ({ path: 'a' }), /path/],
    ['for a short session', 400, () => ({ max_session_duration: 3599 }), /at least 3600/],
  ]
  for (const [name, status, members, says] of REFUSALS) {
    it(`${name} is refused`, async () => {
      const policy = { trust_policy: trustPolicy(ids.domainId) }
      const body = { agency_name: freshName('refused'), ...policy, ...members() }
      assert.match(refusalOf(await ids.ask('CreateAgencyV5', { body, status })).message, says)
    })
  }
})
