import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { assertErrorShape, type TestApi, testApi } from '../testing/api.ts'
import { checked } from './test-servers.ts'

let api: TestApi
let own: string
let foreign: string
before(async () => {
  api = await testApi({ servers: 1 })
  own = api.world.servers[0]?.id ?? ''
  foreign = (await insertFleet(api.db, { cidr: '10.8.0.0/24' })).serverIds[0] ?? ''
})
after(() => api[Symbol.asyncDispose]())

const path = (rest: string) => `/v1/${api.world.project.id}/app-servers/${rest}`
const OPERATIONS = {
  ShowServerVnc: (id: string) => api.call('GET', path(`${id}/actions/vnc`)),
  BatchRejoinDomain: (id: string) => api.call('PATCH', path('actions/batch-rejoin-domain'), { body: { items: [id] } }),
  BatchMigrateHostsServer: (id: string) =>
    api.call('PATCH', path('hosts/batch-migrate'), { body: { server_ids: [id], host_id: 'host' } }),
}

for (const [operation, call] of Object.entries(OPERATIONS)) {
  describe(operation, () => {
    it('is refused with a sentence that says why, and starts nothing', async () => {
      const answer = await checked(operation, call(own))
      assert.equal(answer.status, 400)
      assertErrorShape('ServiceError', answer.body)
      assert.match(answer.text, /means nothing in this installation: .*Nothing was started/)
      assert.deepEqual(await api.db.selectFrom('jobs.job').selectAll().execute(), [])
    })

    it('knows neither a server that is unknown nor one of another project', async () => {
      for (const id of ['nobody', foreign]) assert.equal((await checked(operation, call(id))).status, 404)
    })
  })
}

describe('a request that is wrong', () => {
  it('is told so first', async () => {
    const call = (body: object) => api.call('PATCH', path('actions/batch-rejoin-domain'), { body })
    assert.equal((await call({ items: [] })).status, 400)
    assert.match((await call({ items: [own, own] })).text, /items/)
  })
})
