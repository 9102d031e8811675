import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DEVIATIONS, type Deviation, explains } from './deviations.ts'
import type { Family, Operation } from './operation.ts'
import { OPERATIONS } from './operations/index.ts'
import { type Difference, differences } from './published/compare.ts'
import { type PublishedOperation, publishedOperations, SERVICES, type Service } from './published/published.ts'
import { WITHOUT_FACTS } from './published/without-facts.ts'

interface Pair {
  /** `service/Operation`. */
  readonly key: string
  readonly published: PublishedOperation
  readonly ours: Operation
}

const SERVICES_OF: Readonly<Record<Family, readonly Service[]>> = {
  workspace: ['workspace-app', 'workspace'],
  'iam.v3': ['iam'],
  'iam.v3.0': ['iam'],
  'iam.v5': ['iam'],
  eps: ['eps'],
  vpc: ['vpc'],
}

/** Where we spell out a place of the published path. */
const SPELT_OUT: Readonly<Record<string, string>> = { '/v1.0': '/{api_version}' }

const PUBLISHED = Map.groupBy(
  SERVICES.flatMap((service) => publishedOperations(service).map((published) => ({ service, published }))),
  ({ service, published: { method, path } }) => `${service} ${method} ${path}`,
)

/** What is published of an operation: at the same path of its service; where there are several, the one of its name. */
function pairOf(ours: Operation): Pair | undefined {
  const { id, family, method, path } = ours
  const there = SERVICES_OF[family].flatMap((service) => {
    return PUBLISHED.get(`${service} ${method} ${SPELT_OUT[path] ?? path}`) ?? []
  })
  const found = there.find(({ published }) => published.id === id) ?? there[0]
  return found && { key: `${found.service}/${found.published.id}`, published: found.published, ours }
}

const PAIRS = OPERATIONS.map(pairOf).filter((pair) => pair !== undefined)

/** As a line of the table, to be finished with its reason. */
function lineOf(key: string, { at, what, published, ours }: Difference): string {
  return `deviation('${key}', '${at}', '${what}', ''), // ${brief(published)} → ${brief(ours)}`
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100)
}

const found = PAIRS.flatMap(({ key, published, ours }) =>
  differences(published, ours).map((difference) => ({ key, difference })),
)

describe('the published facts', () => {
  const workspace = publishedOperations('workspace-app')

  it('are of all 173 operations, each at a place of its own', () => {
    assert.equal(workspace.length, 173)
    assert.equal(new Set(workspace.map(({ method, path }) => `${method} ${path}`)).size, 173)
    assert.equal(workspace.filter(({ source }) => source === 'client').length, 28)
  })

  it('name every place of a path as a parameter', () => {
    for (const { id, path, parameters } of SERVICES.flatMap(publishedOperations)) {
      const names = parameters.filter((one) => one.in === 'path').map((one) => one.name)
      const places = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
      assert.deepEqual(names.toSorted(), places.toSorted(), id)
    }
  })
})

describe('the contract and the published one', () => {
  it('have the same names', () => {
    const renamed = PAIRS.filter(({ published, ours }) => published.id !== ours.id)
    assert.deepEqual(
      renamed.map(({ key, ours }) => `${key} is ${ours.id} here`),
      [],
    )
  })

  it('are of the same operations, but for additions and those listed as without facts', () => {
    const compared = new Set(PAIRS.map(({ ours }) => ours.id))
    const others = OPERATIONS.filter(({ id, isAddition }) => !compared.has(id) && isAddition !== true)
    assert.deepEqual(others.map(({ id }) => id).toSorted(), Object.values(WITHOUT_FACTS).flat().toSorted())
    assert.equal(PAIRS.length, compared.size)
  })

  it('differ only where contract/deviations.ts has a reason', () => {
    const unexplained = found.filter(({ key, difference }) => !DEVIATIONS.some((one) => explains(one, key, difference)))
    assert.equal(unexplained.map(({ key, difference }) => lineOf(key, difference)).join('\n'), '')
  })

  it('differ wherever it has one', () => {
    const idle = DEVIATIONS.filter((one) => !found.some(({ key, difference }) => explains(one, key, difference)))
    assert.deepEqual(idle, [])
  })
})

describe('an entry', () => {
  const entry = (operations: string, at: string, what: string): Deviation => ({ operations, at, what, reason: '' })
  const isExplained = (one: Deviation, at: string, what: string) => {
    const difference = { operation: 'UpdateX', at, what, published: undefined, ours: undefined }
    return explains(one, 'eps/UpdateX', difference)
  }

  it('with a * explains limits, and places and names of any difference', () => {
    assert.ok(isExplained(entry('eps/*', '*', '+*'), 'body.name', '+maxLength'))
    assert.ok(isExplained(entry('eps/Update*', 'body.*', '+pattern'), 'body.name', '+pattern'))
    assert.ok(isExplained(entry('eps/*', 'response*', 'missing'), 'response.name', 'missing'))
    assert.ok(!isExplained(entry('eps/*', '*', '*'), 'response.name', 'missing'))
    assert.ok(!isExplained(entry('iam/*', '*', '+maxLength'), 'body.name', '+maxLength'))
  })

  it('explains what a client may trip over letter by letter', () => {
    for (const what of ['+required', '-required', 'type', 'enum', '+enum']) {
      assert.ok(isExplained(entry('eps/UpdateX', 'body.name', what), 'body.name', what))
      assert.ok(!isExplained(entry('eps/*', 'body.name', what), 'body.name', what), what)
      assert.ok(!isExplained(entry('eps/UpdateX', 'body.*', what), 'body.name', what), what)
      assert.ok(!isExplained(entry('eps/UpdateX', 'body.name', '*'), 'body.name', what), what)
    }
  })
})

describe('the comparison', () => {
  const pair = PAIRS.find(({ key }) => key === 'workspace-app/ListServers')
  assert.ok(pair)
  const { published, ours: operation } = pair

  const changed = (change: (facts: PublishedOperation) => PublishedOperation) => {
    const before = new Set(differences(published, operation).map((one) => JSON.stringify(one)))
    return differences(change(structuredClone(published)), operation)
      .filter((one) => !before.has(JSON.stringify(one)))
      .map(({ at, what }) => `${at} ${what}`)
  }
  const withParameter = (name: string, schema: object) =>
    changed((facts) => ({
      ...facts,
      parameters: facts.parameters.map((one) => (one.name === name ? { ...one, schema } : one)),
    }))

  it('sees a parameter that only one side has', () => {
    assert.deepEqual(
      changed((facts) => ({ ...facts, parameters: facts.parameters.filter((one) => one.name !== 'limit') })),
      ['query.limit extra'],
    )
    const more = { in: 'query', name: 'more', schema: { type: 'string' } } as const
    assert.deepEqual(
      changed((facts) => ({ ...facts, parameters: [...facts.parameters, more] })),
      ['query.more missing'],
    )
  })

  it('sees types, limits, patterns, lists and what is required', () => {
    assert.deepEqual(withParameter('limit', { type: 'string' }), ['query.limit type'])
    assert.deepEqual(withParameter('limit', { type: 'integer', minimum: 1, maximum: 50, default: 10 }), [
      'query.limit maximum',
    ])
    assert.deepEqual(withParameter('server_id', { type: 'string', maxLength: 128, pattern: '^a' }), [
      'query.server_id -pattern',
    ])
    assert.deepEqual(withParameter('maintain_status', { type: 'string', enum: ['true'] }), [
      'query.maintain_status enum',
    ])
    assert.deepEqual(
      changed((facts) => ({
        ...facts,
        parameters: facts.parameters.map((one) => (one.name === 'limit' ? { ...one, required: true } : one)),
      })),
      ['query.limit -required'],
    )
  })

  it('sees bodies, fields of answers at any depth, and statuses', () => {
    assert.deepEqual(
      changed((facts) => ({ ...facts, body: { schema: {} } })),
      ['body missing'],
    )
    const answer = published.response?.properties?.items?.items
    assert.ok(answer?.properties)
    const items = {
      type: 'array',
      items: { ...answer, properties: { ...answer.properties, deep: { type: 'string' } } },
    }
    assert.deepEqual(
      changed((facts) => ({ ...facts, response: { properties: { count: { type: 'integer' }, items } } })),
      ['response.items[].deep missing'],
    )
    assert.deepEqual(
      changed((facts) => ({ ...facts, status: 204, statuses: [...facts.statuses, 409] })),
      ['status status', 'answers.409 missing'],
    )
    assert.deepEqual(
      changed((facts) => ({ ...facts, method: 'POST', path: '/x' })),
      ['method method', 'path path'],
    )
  })
})
