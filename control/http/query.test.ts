import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 3 })
})
after(() => api[Symbol.asyncDispose]())

const list = (query: string) => api.call('GET', `/v1/${api.world.project.id}/app-servers${query}`)

interface Page {
  readonly items: readonly unknown[]
}

describe('a query', () => {
  const ACCEPTED: readonly (readonly [query: string, items: number])[] = [
    ['', 3],
    ['?', 3],
    ['?limit=2', 2],
    ['?limit=002', 2],
    ['?limit=100', 3],
    ['?offset=2', 1],
    ['?offset=2147483647', 0],
    ['?limit=1&offset=1', 1],
    ['?limit=%32', 2],
    ['?server_name=', 3],
    ['?maintain_status=false', 3],
    ['?unknown=1&limit=1', 1],
    ['?LIMIT=x', 3],
  ]
  for (const [query, items] of ACCEPTED) {
    it(`'${query}' is understood and gives ${items} of three`, async () => {
      const answer = await list(query)
      assert.equal(answer.status, 200, answer.text)
      assertDeclared('ListServers', answer)
      assert.equal((answer.body as Page).items.length, items)
    })
  }

  it('means by a plus what a signature means by it: a plus, written as itself or as %2B', async () => {
    const [first] = api.world.servers
    const rename = (name: string) =>
      api.db
        .updateTable('fleet.server')
        .set({ name })
        .where('id', '=', first?.id ?? '')
        .execute()
    await rename('a+b')
    for (const [query, items] of [
      ['a+b', 1],
      ['a%2Bb', 1],
      ['a%20b', 0],
    ] as const) {
      const { body } = await list(`?server_name=${query}`)
      assert.equal((body as Page).items.length, items, query)
    }
    await rename(first?.name ?? '')
  })

  const WHOLE = 'query limit must be a whole number'
  const REFUSED: readonly (readonly [query: string, says: string])[] = [
    ['?limit=10.5', WHOLE],
    ['?limit=10.0', WHOLE],
    ['?limit=1e1', WHOLE],
    ['?limit=0x10', WHOLE],
    ['?limit=%2010', WHOLE],
    ['?limit=+10', WHOLE],
    ['?limit=', WHOLE],
    ['?limit', WHOLE],
    ['?limit=true', WHOLE],
    ['?limit=null', WHOLE],
    ['?limit=1&limit=2', WHOLE],
    ['?limit=99999999999999999999', WHOLE],
    ['?limit=0', 'query limit must be at least 1'],
    ['?limit=-1', 'query limit must be at least 1'],
    ['?limit=101', 'query limit must be at most 100'],
    ['?offset=-1', 'query offset must be at least 0'],
    ['?offset=2147483648', 'query offset must be at most 2147483647'],
    ['?server_name=a&server_name=b', 'query server_name must be a string'],
    [`?server_name=${'a'.repeat(1025)}`, 'query server_name must not be longer than 1024 characters'],
    ['?server_name=%00', 'query contains a NUL character; remove it'],
    ['?maintain_status=TRUE', 'query maintain_status must be one of true, false'],
    ['?maintain_status=1', 'query maintain_status must be one of true, false'],
  ]
  for (const [query, says] of REFUSED) {
    it(`'${query.slice(0, 40)}' is refused: ${says}`, async () => {
      const answer = await list(query)
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('ListServers', answer)
      assert.deepEqual(answer.body, { error_code: 'WKS.00211102', error_msg: `The parameter is invalid: ${says}.` })
    })
  }
})
