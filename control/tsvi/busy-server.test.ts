import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TaskStatus } from '../../contract/operations/fleet/server.ts'
import { assertRefused, goodBody, openPlace, type Place, REFUSALS, send } from './test-requests.ts'

const OTHER_JOB = '100000000000000001'

/** Another job has, or had, its hands on a server. */
async function occupy({ api, serverIds }: Place, index: number, task_status: TaskStatus): Promise<void> {
  await api.db
    .updateTable('fleet.server')
    .set({ task_status, job_id: OTHER_JOB, job_type: 'MIGRATE_SERVER' })
    .where('id', '=', String(serverIds[index]))
    .execute()
}

async function statuses({ api, serverIds }: Place): Promise<readonly unknown[]> {
  const rows = await api.db.selectFrom('fleet.server').select(['id', 'task_status', 'job_id']).execute()
  return serverIds.map((id) => {
    const row = rows.find((one) => one.id === id)
    return [row?.task_status, row?.job_id]
  })
}

function namesServer({ serverIds }: Place, index: number): RegExp {
  return new RegExp(`server ${serverIds[index]} is being changed by job ${OTHER_JOB} \\(MIGRATE_SERVER\\)`)
}

describe('a request with a busy server', () => {
  it('is refused naming the server and its job, and leaves the idle one alone', async () => {
    const place = await openPlace()
    await using _ = place.api
    await occupy(place, 1, 'updating_tsvi')
    assertRefused(place, await send(place, {}), REFUSALS.busy, namesServer(place, 1))
    assert.deepEqual(await statuses(place), [
      ['null', null],
      ['updating_tsvi', OTHER_JOB],
    ])
  })

  it('names the busy one, not one whose last task failed', async () => {
    const place = await openPlace()
    await using _ = place.api
    await occupy(place, 0, 'rebuild_fail')
    await occupy(place, 1, 'migrating')
    assertRefused(place, await send(place, {}), REFUSALS.busy, namesServer(place, 1))
    assert.deepEqual(await statuses(place), [
      ['rebuild_fail', OTHER_JOB],
      ['migrating', OTHER_JOB],
    ])
  })

  it('of two at the same moment lets one through and refuses the other, naming the job of the first', async () => {
    const place = await openPlace()
    await using _ = place.api
    const answers = await Promise.all([send(place, { body: goodBody(place) }), send(place, { body: goodBody(place) })])
    const accepted = answers.find(({ status }) => status === 200)
    const refused = answers.find(({ status }) => status !== 200)
    assert.ok(accepted && refused, answers.map(({ text }) => text).join())
    const { job_id } = accepted.body as { job_id: string }
    assertRefused(place, refused, REFUSALS.busy, new RegExp(`by job ${job_id} \\(UPDATE_SERVER_TSVI\\)`))
    const jobs = await place.api.db.selectFrom('jobs.job').select('id').execute()
    assert.deepEqual(jobs, [{ id: job_id }])
  })
})
