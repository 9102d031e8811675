import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { finishSubJob } from './job.store.ts'
import { insertJob } from './test-jobs.ts'

let api: TestApi
let foreignId: string
let jobIds: Readonly<Record<'update' | 'create' | 'upgrade' | 'foreign', string>>

const ENDED = new Date('2026-03-02T08:21:02.871Z')
const REFUSED = { code: 'WKS.00121204', message: 'The agent could not apply the configuration.' }

/** Oldest first: two updates, of which the second failed, one creation, one upgrade that succeeded, one of a stranger. */
before(async () => {
  api = await testApi({ servers: 0 })
  foreignId = (await insertFleet(api.db, { cidr: '10.8.0.0/24' })).projectId
  const { db, world } = api
  const projectId = world.project.id
  const update = await insertJob(db, { projectId, resources: ['u1', 'u2'] })
  const create = await insertJob(db, { projectId, resources: ['c1'], jobType: 'CREATE_SERVER' })
  const upgrade = await insertJob(db, { projectId, resources: ['a1'], jobType: 'UPGRADE_ACCESS_AGENT' })
  const foreign = await insertJob(db, { projectId: foreignId, resources: ['f1'] })
  await finishSubJob(db, String(update.subJobIds[1]), { step: 'failed', at: ENDED, failure: REFUSED })
  await finishSubJob(db, String(upgrade.subJobIds[0]), { step: 'done', at: ENDED, failure: null })
  jobIds = { update: update.jobId, create: create.jobId, upgrade: upgrade.jobId, foreign: foreign.jobId }
})
after(() => api[Symbol.asyncDispose]())

interface Item {
  readonly job_id: string
  readonly project_id: string
  readonly job_resource_info: { readonly resource_name: string }
}

interface Page {
  readonly count: number
  readonly items: readonly Item[]
}

const list = (query: string, projectId = api.world.project.id) =>
  api.call('GET', `/v1/${projectId}/app-server-sub-jobs${query}`)

async function listed(query: string): Promise<Page> {
  const answer = await list(query)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('ListSubJobs', answer)
  return answer.body as Page
}

const namesOf = ({ items }: Page) => items.map((item) => item.job_resource_info.resource_name)

describe('a list of sub-jobs', () => {
  const FILTERS: readonly (readonly [name: string, query: () => string, names: readonly string[]])[] = [
    ['of every type is newest first', () => '?job_type=', ['a1', 'c1', 'u2', 'u1']],
    ['of one type', () => '?job_type=UPDATE_SERVER_TSVI', ['u2', 'u1']],
    ['of a type nobody used', () => '?job_type=DELETE_SERVER', []],
    ['of one status', () => '?job_type=&status=RUNNING', ['c1', 'u1']],
    ['of any status', () => '?job_type=UPDATE_SERVER_TSVI&status=', ['u2', 'u1']],
    ['of a status nobody has', () => '?job_type=&status=WAITING', []],
    ['of one type and status', () => '?job_type=UPDATE_SERVER_TSVI&status=FAILED', ['u2']],
    ['of one job', () => `?job_type=&job_id=${jobIds.update}`, ['u2', 'u1']],
    ['of any job', () => '?job_type=CREATE_SERVER&job_id=', ['c1']],
    ['of a job and another type', () => `?job_type=CREATE_SERVER&job_id=${jobIds.update}`, []],
    ['of part of a job id', () => `?job_type=&job_id=${jobIds.update.slice(0, 10)}`, []],
    ['of an unknown job', () => '?job_type=&job_id=nothing', []],
    ["of another account's job", () => `?job_type=&job_id=${jobIds.foreign}`, []],
  ]
  for (const [name, query, names] of FILTERS) {
    it(`${name}, counts what it holds`, async () => {
      const page = await listed(query())
      assert.deepEqual([page.count, namesOf(page)], [names.length, names])
    })
  }

  const PAGES: readonly (readonly [query: string, names: readonly string[]])[] = [
    ['&limit=1', ['a1']],
    ['&limit=2&offset=1', ['c1', 'u2']],
    ['&limit=2&offset=3', ['u1']],
    ['&offset=4', []],
    ['&limit=100', ['a1', 'c1', 'u2', 'u1']],
  ]
  for (const [query, names] of PAGES) {
    it(`cut by '${query}' counts all of them`, async () => {
      const page = await listed(`?job_type=${query}`)
      assert.deepEqual([page.count, namesOf(page)], [4, names])
    })
  }

  it('gives the failure nested and flat, and nothing in both places where none failed', async () => {
    const [failed] = (await listed('?job_type=&status=FAILED')).items
    const { code: error_code, message: error_message } = REFUSED
    assert.partialDeepStrictEqual(failed, {
      status: 'FAILED',
      end_time: ENDED.toISOString(),
      error_code,
      error_message,
      job_execute_info: { error_code, error_message },
    })
    const [succeeded] = (await listed('?job_type=&status=SUCCESS')).items
    const none = { error_code: '', error_message: '' }
    assert.partialDeepStrictEqual(succeeded, { ...none, job_execute_info: none })
  })

  it('has ten entries unless told otherwise', async () => {
    const fleet = await testApi({ servers: 0 })
    await using _ = fleet
    const resources = Array.from({ length: 13 }, (_, index) => `r${index}`)
    await insertJob(fleet.db, { projectId: fleet.world.project.id, resources })
    const { body } = await fleet.call('GET', `/v1/${fleet.world.project.id}/app-server-sub-jobs?job_type=`)
    const page = body as Page
    assert.deepEqual([page.count, namesOf(page)], [13, resources.toReversed().slice(0, 10)])
  })
})

describe('a list of sub-jobs is refused', () => {
  const REFUSALS: readonly (readonly [name: string, query: string, says: RegExp])[] = [
    ['without a type', '', /query lacks job_type/],
    ['with a type of jobs that are not listed', '?job_type=COLLECT_HDA_LOG', /job_type must be one of/],
    ['with two types', '?job_type=CREATE_SERVER,DELETE_SERVER', /job_type must be one of/],
    ['with a type in small letters', '?job_type=create_server', /job_type must be one of/],
    ['with an unknown status', '?job_type=&status=DONE', /status must be one of/],
    ['with a job id of 129 characters', `?job_type=&job_id=${'1'.repeat(129)}`, /job_id must not be longer than 128/],
    ['with no entry a page', '?job_type=&limit=0', /limit must be at least 1/],
    ['with 101 entries a page', '?job_type=&limit=101', /limit must be at most 100/],
    ['with an offset before the first', '?job_type=&offset=-1', /offset must be at least 0/],
    ['with half an entry', '?job_type=&limit=10.5', /limit must be a whole number/],
  ]
  for (const [name, query, says] of REFUSALS) {
    it(name, async () => {
      const answer = await list(query)
      assert.equal(answer.status, 400, answer.text)
      assertDeclared('ListSubJobs', answer)
      assert.match((answer.body as { error_msg: string }).error_msg, says)
    })
  }

  it("in another account's project, without a word of what is there", async () => {
    const answer = await list('?job_type=', foreignId)
    assert.equal(answer.status, 403)
    assertDeclared('ListSubJobs', answer)
    assert.ok(!answer.text.includes(jobIds.foreign))
  })
})
