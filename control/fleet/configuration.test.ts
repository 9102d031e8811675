import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { saveConfiguration } from './configuration.store.ts'
import { allowsVirtualIp } from './configuration.ts'

const KEY = 'IP_VIRTUAL_ENABLE'

let api: TestApi
let foreign: TestFleet
before(async () => {
  api = await testApi({ servers: 0 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
})
beforeEach(() => api.db.deleteFrom('fleet.configuration').execute())
after(() => api[Symbol.asyncDispose]())

async function query(body: unknown, projectId = api.world.project.id): Promise<Answer> {
  const answer = await api.call('POST', `/v1/${projectId}/bundles/batch-query-config-info`, { body })
  assertDeclared('ListCorpConfigInfo', answer)
  return answer
}

async function valuesOf(...items: readonly string[]): Promise<unknown> {
  const answer = await query({ items })
  assert.equal(answer.status, 200, answer.text)
  return answer.body
}

const infos = (...values: readonly (readonly [string, string])[]) => ({
  config_infos: values.map(([config_key, config_value]) => ({ config_key, config_value })),
})

describe('the configuration of a tenant', () => {
  it('allows virtual addresses unless it says otherwise', async () => {
    assert.deepEqual(await valuesOf(KEY), infos([KEY, 'true']))
  })

  it('is what was saved last', async () => {
    for (const value of ['true', 'false']) await saveConfiguration(api.db, api.world.project.id, KEY, value)
    assert.deepEqual(await valuesOf(KEY), infos([KEY, 'false']))
  })

  it("does not change with another account's", async () => {
    await saveConfiguration(api.db, foreign.projectId, KEY, 'false')
    assert.deepEqual(await valuesOf(KEY), infos([KEY, 'true']))
  })

  it('leaves out what it does not know and keeps the order of the question', async () => {
    await saveConfiguration(api.db, api.world.project.id, 'help_center_origin', 'https://help.example')
    const known = [[KEY, 'true'] as const, ['help_center_origin', 'https://help.example'] as const]
    assert.deepEqual(await valuesOf('nothing', KEY, 'help_center_origin'), infos(...known))
    assert.deepEqual(await valuesOf('help_center_origin', KEY), infos(...known.toReversed()))
  })

  it('has no value of names every object has', async () => {
    assert.deepEqual(await valuesOf('constructor', 'toString', '__proto__', 'ip_virtual_enable'), infos())
  })

  it('is empty to whoever asks for nothing', async () => assert.deepEqual(await valuesOf(), infos()))

  it('can be asked for a hundred keys at once', async () => {
    const keys = Array.from({ length: 99 }, (_, index) => `key-${index}`)
    assert.deepEqual(await valuesOf(...keys, KEY), infos([KEY, 'true']))
  })

  const REFUSALS: readonly (readonly [name: string, body: unknown, says: RegExp])[] = [
    ['without items', {}, /lacks items/],
    ['with a key twice', { items: [KEY, KEY] }, /repeats an entry/],
    ['with 101 keys', { items: Array.from({ length: 101 }, (_, index) => `k${index}`) }, /at most 100/],
    ['with an empty key', { items: [''] }, /items\[0\] must not be shorter/],
    ['with a key of 256 characters', { items: ['k'.repeat(256)] }, /items\[0\] must not be longer than 255/],
    ['with a key that is no text', { items: [1] }, /items\[0\] must be a string/],
    ['with a NUL character', { items: ['a\0'] }, /NUL/],
    ['with an unknown field', { items: [], all: true }, /unknown field all/],
  ]
  for (const [name, body, says] of REFUSALS) {
    it(`is not told to a question ${name}`, async () => {
      const answer = await query(body)
      assert.equal(answer.status, 400)
      assert.match((answer.body as { error_msg: string }).error_msg, says)
    })
  }

  it('is not told to another account', async () => {
    const answer = await query({ items: [KEY] }, foreign.projectId)
    assert.equal(answer.status, 403)
    assert.ok(!answer.text.includes(KEY))
  })
})

describe('virtual addresses', () => {
  const VALUES: readonly (readonly [value: string | null | undefined, allowed: boolean])[] = [
    [undefined, true],
    [null, true],
    ['true', true],
    ['false', false],
    ['TRUE', false],
    ['1', false],
    ['', false],
  ]
  for (const [value, allowed] of VALUES) {
    it(`are ${allowed ? 'allowed' : 'forbidden'} where the tenant's value is ${JSON.stringify(value)}`, () => {
      assert.equal(allowsVirtualIp(value), allowed)
    })
  }
})
