import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet, type TestFleet } from '#testing'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
let foreign: TestFleet
let ids: readonly string[]
before(async () => {
  api = await testApi({ servers: 3 })
  foreign = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  ids = api.world.servers.map(({ id }) => id)
})
after(() => api[Symbol.asyncDispose]())

const path = (rest: string) => `/v1/${api.world.project.id}/app-servers/${rest}`

async function patch(body: unknown, id = ids[0]): Promise<Answer> {
  const answer = await api.call('PATCH', path(String(id)), { body })
  assertDeclared('UpdateServer', answer)
  return answer
}

async function maintain(body: unknown): Promise<Answer> {
  const answer = await api.call('PATCH', path('actions/batch-maint'), { body })
  assertDeclared('BatchChangeServerMaintainMode', answer)
  return answer
}

type Server = Readonly<Record<string, unknown>>
async function shown(id = ids[0]): Promise<Server> {
  return (await api.call('GET', path(String(id)))).body as Server
}

async function marks(): Promise<readonly unknown[]> {
  return Promise.all(ids.map(async (id) => (await shown(id)).maintain_status))
}

describe('UpdateServer', () => {
  it('changes what is sent, leaves the rest, and answers 200 with nothing', async () => {
    const answer = await patch({ name: '流程_server-1', description: 'the first' })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.partialDeepStrictEqual(await shown(), { name: '流程_server-1', description: 'the first' })
    await patch({ description: '' })
    assert.partialDeepStrictEqual(await shown(), { name: '流程_server-1', description: '', maintain_status: false })
    await patch({ maintain_status: true })
    const { status, vm_status, name, maintain_status } = await shown()
    assert.deepEqual([name, maintain_status], ['流程_server-1', true])
    assert.notEqual(status, 'MAINTAINING')
    assert.equal(vm_status, (await shown(ids[1])).vm_status)
    await patch({ maintain_status: false })
  })

  it('shows a later time of change where something changed, and only there', async () => {
    const before = await shown()
    assert.equal((await patch({})).status, 200)
    await patch({ name: before.name })
    assert.deepEqual(await shown(), before)
    await patch({ name: 'other' })
    assert.ok(String((await shown()).update_time) > String(before.update_time))
  })

  for (const [what, body, says] of [
    ['an empty name', { name: '' }, /name/],
    ['a name of 65 characters', { name: 'a'.repeat(65) }, /name/],
    ['a name with a space', { name: 'a b' }, /name/],
    ['a description of 256 characters', { description: 'd'.repeat(256) }, /description/],
    ['a mark that is no boolean', { maintain_status: 'yes' }, /maintain_status/],
    ['an unknown field', { flavor: 'x' }, /flavor/],
  ] as const) {
    it(`refuses ${what}, names it, and changes nothing`, async () => {
      const before = await shown()
      const answer = await patch(body)
      assert.equal(answer.status, 400)
      assert.match(answer.text, says)
      assert.deepEqual(await shown(), before)
    })
  }

  it('knows neither a server that is unknown nor one of another project', async () => {
    for (const id of ['nobody', foreign.serverIds[0]]) {
      const answer = await patch({ name: 'mine-now' }, id)
      assert.equal(answer.status, 404)
      assert.equal((answer.body as { error_code: string }).error_code, 'WKS.00211902')
    }
  })

  it('may be used while the server is being changed, and does not touch the job', async () => {
    const items = [{ id: ids[2], enable: true }]
    const started = await api.call('PATCH', path('actions/batch-update-tsvi'), { body: { items } })
    assert.equal(started.status, 200, started.text)
    assert.equal((await patch({ maintain_status: true }, ids[2])).status, 200)
    assert.partialDeepStrictEqual(await shown(ids[2]), {
      maintain_status: true,
      task_status: 'updating_tsvi',
      job_id: (started.body as { job_id: string }).job_id,
    })
    await patch({ maintain_status: false }, ids[2])
  })
})

describe('BatchChangeServerMaintainMode', () => {
  for (const [on, off] of [
    [true, false],
    ['true', 'false'],
  ]) {
    it(`sets and clears the mark of all servers with ${JSON.stringify(on)} and ${JSON.stringify(off)}`, async () => {
      const answer = await maintain({ items: ids, maintain_status: on })
      assert.deepEqual([answer.status, answer.text], [200, ''])
      assert.deepEqual(await marks(), [true, true, true])
      const found = await api.call('GET', path('?maintain_status=true').replace('/?', '?'))
      assert.equal((found.body as { count: number }).count, 3)
      assert.equal((await maintain({ items: ids, maintain_status: off })).status, 200)
      assert.deepEqual(await marks(), [false, false, false])
    })
  }

  it('marks none when one is unknown or of another project', async () => {
    for (const id of ['nobody', foreign.serverIds[0]]) {
      const answer = await maintain({ items: [ids[0], id], maintain_status: true })
      assert.equal(answer.status, 404)
      assert.match(answer.text, new RegExp(String(id)))
    }
    assert.deepEqual(await marks(), [false, false, false])
  })

  for (const [what, body] of [
    ['no items', { items: [], maintain_status: true }],
    ['more than 20', { items: Array.from({ length: 21 }, (_, n) => `s${n}`), maintain_status: true }],
    ['the same twice', { items: ['a', 'a'], maintain_status: true }],
    ['no mark', { items: ['a'] }],
    ['another word', { items: ['a'], maintain_status: 'TRUE' }],
    ['a number', { items: ['a'], maintain_status: 1 }],
  ] as const) {
    it(`refuses ${what}`, async () => assert.equal((await maintain(body)).status, 400))
  }

  it('ends with all or none, whoever does it at once in whatever order', async () => {
    const reversed = [...ids].reverse()
    const all = Array.from({ length: 12 }, (_, n) =>
      maintain({ items: n % 2 ? ids : reversed, maintain_status: n % 3 > 0 }),
    )
    assert.ok((await Promise.all(all)).every(({ status }) => status === 200))
    assert.equal(new Set(await marks()).size, 1)
  })
})
