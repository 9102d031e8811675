import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { type Answer, assertDeclared, type TestApi, testApi } from '../testing/api.ts'
import { finishSubJob } from './job.store.ts'
import { BEGUN, insertJob, type NewJob } from './test-jobs.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 1 })
})
after(() => api[Symbol.asyncDispose]())

const projectOf = () => api.world.project.id
const begin = (job: Partial<NewJob> = {}) => insertJob(api.db, { projectId: projectOf(), ...job })
const ENDED = new Date('2026-03-02T08:21:02.871Z')
const success = { step: 'done', at: ENDED, failure: null }
const failure = { step: 'failed', at: ENDED, failure: { code: 'WKS.00121203', message: 'The agent did not answer.' } }

async function ask(operationId: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await api.call(method, path, body === undefined ? {} : { body })
  assertDeclared(operationId, answer)
  return answer
}

const showV1 = (jobId: string) => ask('ShowJob', 'GET', `/v1/${projectOf()}/job/${jobId}`)
const path = () => `/v1/${projectOf()}/app-server-sub-jobs`
const count = (query: string) => ask('CountSubJobs', 'GET', `${path()}/actions/count?${query}`)
const remove = (items: unknown) => ask('BatchDeleteAppSubJobs', 'POST', `${path()}/actions/batch-delete`, { items })

describe('a job in its former shape', () => {
  it('has numbers for statuses and times without fractions', async () => {
    const { jobId, subJobIds } = await begin({ resources: ['APS-1', 'APS-2'] })
    const [first = '', second = ''] = subJobIds
    await finishSubJob(api.db, first, success)
    const running = await showV1(jobId)
    assert.deepEqual(running.body, {
      job: {
        job_id: jobId,
        job_type: 1,
        begin_time: '2026-03-02T08:15:30Z',
        job_status: 2,
        execute_code: '',
        execute_message: '',
        sub_jobs: [
          {
            job_id: first,
            job_type: 2,
            begin_time: '2026-03-02T08:15:30Z',
            end_time: '2026-03-02T08:21:02Z',
            job_status: 1,
            execute_code: '',
            execute_message: '',
            entities: [{ resource_id: 'id-of-APS-1', resource_name: 'APS-1' }],
          },
          {
            job_id: second,
            job_type: 2,
            begin_time: '2026-03-02T08:15:30Z',
            job_status: 2,
            execute_code: '',
            execute_message: '',
            entities: [{ resource_id: 'id-of-APS-2', resource_name: 'APS-2' }],
          },
        ],
      },
    })
    await finishSubJob(api.db, second, failure)
    const { job } = (await showV1(jobId)).body as {
      job: Record<string, unknown> & { sub_jobs: { job_status: number }[] }
    }
    assert.deepEqual([job.job_status, job.end_time], [0, '2026-03-02T08:21:02Z'])
    assert.deepEqual([job.execute_code, job.execute_message], ['WKS.00121203', 'The agent did not answer.'])
    assert.deepEqual(
      job.sub_jobs.map((subJob) => subJob.job_status),
      [1, 0],
    )
  })

  it('that succeeded is a 1', async () => {
    const { jobId, subJobIds } = await begin()
    await finishSubJob(api.db, subJobIds[0] ?? '', success)
    const { job } = (await showV1(jobId)).body as { job: { job_status: number } }
    assert.equal(job.job_status, 1)
  })

  it('of another project is as unknown as one that is not there', async () => {
    const { projectId } = await insertFleet(api.db, { servers: 1 })
    const foreign = await insertJob(api.db, { projectId })
    for (const jobId of [foreign.jobId, '600000000000000001']) {
      const answer = await showV1(jobId)
      assert.deepEqual([answer.status, (answer.body as { error_code: string }).error_code], [400, 'WKS.00149901'])
    }
  })
})

describe('counting sub-jobs', () => {
  it('takes a comma list of types, a status and a job, and counts no other project', async () => {
    const created = await begin({ jobType: 'CREATE_SERVER', resources: ['a', 'b', 'c'] })
    const agent = await begin({ jobType: 'UPGRADE_ACCESS_AGENT', resources: ['a'] })
    const { projectId } = await insertFleet(api.db, { servers: 1 })
    await insertJob(api.db, { projectId, jobType: 'CREATE_SERVER' })
    await finishSubJob(api.db, created.subJobIds[0] ?? '', success)
    const rows: readonly (readonly [query: string, expected: number])[] = [
      ['job_type=CREATE_SERVER', 3],
      ['job_type=CREATE_SERVER,UPGRADE_ACCESS_AGENT', 4],
      ['job_type=CREATE_SERVER&status=RUNNING', 2],
      [`job_id=${agent.jobId}`, 1],
      [`job_type=CREATE_SERVER&job_id=${agent.jobId}`, 0],
      ['job_type=COLLECT_HDA_LOG&status=', 0],
    ]
    for (const [query, expected] of rows) assert.deepEqual((await count(query)).body, { count: expected }, query)
    const all = (await count('')).body as { count: number }
    assert.deepEqual((await count('job_type=&status=&job_id=')).body, all)
  })

  it('refuses types and statuses that there are not', async () => {
    for (const query of [
      'job_type=CREATE_SERVERS',
      'job_type=CREATE_SERVER,',
      'status=DONE',
      `job_id=${'x'.repeat(129)}`,
    ]) {
      assert.equal((await count(query)).status, 400, query)
    }
  })
})

describe('deleting sub-jobs', () => {
  it('deletes what ended, passes over what is not there, and leaves the job as it was', async () => {
    const { jobId, subJobIds } = await begin({ resources: ['a', 'b'] })
    const [first = '', second = ''] = subJobIds
    await finishSubJob(api.db, first, success)
    assert.deepEqual((await remove([first, '700000000000000000'])).text, '')
    const running = await api.call('GET', `/v2/${projectOf()}/job/${jobId}`)
    const { status, sub_jobs_total, sub_jobs } = running.body as {
      status: string
      sub_jobs_total: number
      sub_jobs: { id: string }[]
    }
    assert.deepEqual([status, sub_jobs_total, sub_jobs.map(({ id }) => id)], ['RUNNING', 2, [second]])
    await finishSubJob(api.db, second, failure)
    assert.equal((await remove([first, second])).status, 200)
    const row = await api.db.selectFrom('jobs.job').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow()
    assert.deepEqual([row.status, row.sub_jobs_total, row.sub_jobs_pending, row.sub_jobs_failed], ['FAILED', 2, 0, 1])
    assert.equal((await api.call('GET', `/v2/${projectOf()}/job/${jobId}`)).status, 200)
  })

  it('takes the finished update of a sub-job with it, and leaves job and server as they were', async () => {
    const serverId = api.world.servers[0]?.id ?? ''
    const { jobId, subJobIds } = await begin()
    const [id = ''] = subJobIds
    const facts = { id, job_id: jobId, project_id: projectOf(), server_id: serverId, state: 'done', enable: true }
    const times = { step_at: ENDED, created_at: BEGUN, finished_at: ENDED }
    const nothing = { generation: null, boot_id: null, deadline_at: null, error_word: null }
    await api.db
      .insertInto('tsvi.update')
      .values({ ...facts, ...times, ...nothing })
      .execute()
    await finishSubJob(api.db, id, success)
    const server = () => api.call('GET', `/v1/${projectOf()}/app-servers/${serverId}`)
    const before = await server()
    assert.equal((await remove([id])).status, 200)
    assert.deepEqual(await api.db.selectFrom('tsvi.update').select('id').where('id', '=', id).execute(), [])
    assert.deepEqual((await server()).body, before.body)
    const job = (await api.call('GET', `/v2/${projectOf()}/job/${jobId}`)).body as {
      status: string
      sub_jobs: object[]
    }
    assert.deepEqual([job.status, job.sub_jobs], ['SUCCESS', []])
  })

  it('deletes none when one of them has not ended', async () => {
    const { subJobIds } = await begin({ resources: ['a', 'b'] })
    const [first = '', second = ''] = subJobIds
    await finishSubJob(api.db, first, success)
    const answer = await remove([first, second])
    assert.equal(answer.status, 400)
    assert.match(answer.text, new RegExp(`${second} is RUNNING`))
    const left = await api.db.selectFrom('jobs.sub_job').select('id').where('id', 'in', subJobIds).execute()
    assert.equal(left.length, 2)
  })

  it('passes over what is of another project', async () => {
    const { projectId } = await insertFleet(api.db, { servers: 1 })
    const foreign = await insertJob(api.db, { projectId })
    await finishSubJob(api.db, foreign.subJobIds[0] ?? '', success)
    const running = await insertJob(api.db, { projectId })
    assert.equal((await remove([...foreign.subJobIds, ...running.subJobIds])).status, 200)
    const left = await api.db.selectFrom('jobs.sub_job').select('id').where('project_id', '=', projectId).execute()
    assert.equal(left.length, 2)
  })

  it('refuses empty, long, repeated and shapeless lists', async () => {
    const ids = Array.from({ length: 21 }, (_, index) => `${BEGUN.getTime()}${index}`)
    for (const items of [[], ids, ['a', 'a'], [''], ['x'.repeat(129)], 'a', [1]]) {
      assert.equal((await remove(items)).status, 400, JSON.stringify(items))
    }
  })

  it('of which two at once delete the same is well for both', async () => {
    const { subJobIds } = await begin({ resources: ['a', 'b', 'c'] })
    for (const id of subJobIds) await finishSubJob(api.db, id, success)
    const answers = await Promise.all([remove(subJobIds), remove(subJobIds.toReversed())])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
  })
})
