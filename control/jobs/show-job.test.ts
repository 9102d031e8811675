import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { finishSubJob } from './job.store.ts'
import { BEGUN, insertJob, type NewJob } from './test-jobs.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 2 })
})
after(() => api[Symbol.asyncDispose]())

const begin = (job: Partial<NewJob> = {}) => insertJob(api.db, { projectId: api.world.project.id, ...job })
const show = (jobId: string, projectId = api.world.project.id) => api.call('GET', `/v2/${projectId}/job/${jobId}`)

interface Shown {
  readonly id: string
  readonly status: string
  readonly end_time?: string
  readonly sub_jobs_total: number
  readonly sub_jobs: readonly { readonly id: string; readonly status: string; readonly end_time?: string }[]
}

async function shown(jobId: string): Promise<Shown> {
  const answer = await show(jobId)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('ShowJobDetail', answer)
  return answer.body as Shown
}

const ENDED = new Date('2026-03-02T08:21:02.871Z')
const success = { step: 'done', at: ENDED, failure: null }
const failure = { step: 'failed', at: ENDED, failure: { code: 'WKS.00121203', message: 'The agent did not answer.' } }

describe('a job', () => {
  it('that runs is shown whole, without an end', async () => {
    const { jobId, subJobIds } = await begin({ notice: 'The tenant forbids it.' })
    const progress = { step: 'planned', attempt: 1, step_at: BEGUN.toISOString(), notice: 'The tenant forbids it.' }
    assert.deepEqual(await shown(jobId), {
      id: jobId,
      job_type: 'UPDATE_SERVER_TSVI',
      begin_time: '2026-03-02T08:15:30.120Z',
      status: 'RUNNING',
      sub_jobs_total: 1,
      sub_jobs: [
        {
          id: subJobIds[0],
          job_id: jobId,
          job_type: 'UPDATE_SERVER_TSVI',
          project_id: api.world.project.id,
          begin_time: '2026-03-02T08:15:30.120Z',
          status: 'RUNNING',
          error_code: '',
          error_message: '',
          job_resource_info: { resource_id: 'id-of-APS-1', resource_name: 'APS-1' },
          progress,
        },
      ],
    })
  })

  it('that failed says why, once, in the sub-job', async () => {
    const { jobId, subJobIds } = await begin()
    await finishSubJob(api.db, String(subJobIds[0]), failure)
    const { sub_jobs, ...job } = await shown(jobId)
    assert.deepEqual([job.status, job.end_time], ['FAILED', '2026-03-02T08:21:02.871Z'])
    assert.partialDeepStrictEqual(sub_jobs, [
      {
        status: 'FAILED',
        end_time: '2026-03-02T08:21:02.871Z',
        error_code: 'WKS.00121203',
        error_message: 'The agent did not answer.',
        progress: { step: 'failed', step_at: '2026-03-02T08:21:02.871Z' },
      },
    ])
  })

  it('has its sub-jobs in the order of their resources', async () => {
    const resources = Array.from({ length: 20 }, (_, index) => `APS-${20 - index}`)
    const { jobId, subJobIds } = await begin({ resources })
    const { sub_jobs, sub_jobs_total } = await shown(jobId)
    assert.equal(sub_jobs_total, 20)
    assert.deepEqual(
      sub_jobs.map(({ id }) => id),
      subJobIds,
    )
  })

  const OUTCOMES = [
    ['the first of two succeeded', [success], 'RUNNING'],
    ['the first of two failed', [failure], 'RUNNING'],
    ['both succeeded', [success, success], 'SUCCESS'],
    ['the first failed', [failure, success], 'FAILED'],
    ['the last failed', [success, failure], 'FAILED'],
    ['both failed', [failure, failure], 'FAILED'],
  ] as const
  for (const [name, outcomes, status] of OUTCOMES) {
    it(`of which ${name} is ${status}`, async () => {
      const { jobId, subJobIds } = await begin({ resources: ['APS-1', 'APS-2'] })
      for (const [index, outcome] of outcomes.entries()) await finishSubJob(api.db, String(subJobIds[index]), outcome)
      const job = await shown(jobId)
      assert.deepEqual([job.status, 'end_time' in job], [status, status !== 'RUNNING'])
    })
  }
})

it('a job can be shown, running, as soon as its id was given', async () => {
  const { project, servers } = api.world
  const items = servers.map(({ id }) => ({ id, enable: true }))
  const path = `/v1/${project.id}/app-servers/actions/batch-update-tsvi`
  const { job_id } = (await api.call('PATCH', path, { body: { items } })).body as { job_id: string }
  const job = await shown(job_id)
  assert.deepEqual([job.status, job.sub_jobs.length], ['RUNNING', servers.length])
})

describe('a job that is not there', () => {
  const assertUnknown = (answer: Answer, jobId: string) => {
    assert.equal(answer.status, 400)
    assertDeclared('ShowJobDetail', answer)
    assert.deepEqual(answer.body, {
      error_code: 'WKS.00149901',
      error_msg: `The job ${jobId} does not exist in this project. Check the job id.`,
    })
  }

  it('is a bad request', async () => {
    for (const id of ['575768277444198400', 'nothing', 'n'.repeat(150)]) assertUnknown(await show(id), id)
  })

  it("is what another account's job looks like", async () => {
    const { projectId } = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    const { jobId } = await begin({ projectId })
    assertUnknown(await show(jobId), jobId)
  })

  it("is not looked for in another account's project", async () => {
    const { projectId } = await insertFleet(api.db, { cidr: '10.7.0.0/24' })
    const { jobId } = await begin({ projectId })
    const [there, nowhere] = [await show(jobId, projectId), await show('575768277444198400', projectId)]
    assert.equal(there.status, 403)
    assertDeclared('ShowJobDetail', there)
    assert.deepEqual(there.body, nowhere.body)
    assert.ok(!there.text.includes(jobId))
  })

  it('is a sub-job', async () => {
    const [id = ''] = (await begin()).subJobIds
    assertUnknown(await show(id), id)
  })

  it('is said to be an invalid parameter when its id cannot be one', async () => {
    for (const id of ['n'.repeat(256), '%00']) {
      const answer = await show(id)
      assertDeclared('ShowJobDetail', answer)
      assert.deepEqual([answer.status, (answer.body as { error_code: string }).error_code], [400, 'WKS.00211102'])
    }
  })
})
