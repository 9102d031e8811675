import assert from 'node:assert/strict'
import * as compute from '../contract/compute/client.ts'
import { startPostgres } from '../tools/postgres.ts'
import { type Answer, errorOf } from './support/api.ts'
import { assertBooksAreRight } from './support/books.ts'
import { databaseOn } from './support/database.ts'
import { noPostgresToStart } from './support/postgres.ts'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const SESSIONS = 4

function assertUnavailable(answer: Answer): void {
  assert.equal(answer.status, 503, JSON.stringify(answer.body))
  assert.equal(errorOf(answer).error_code, 'WKS.00050902')
}

story('the control plane outlives its database', { skip: noPostgresToStart, onPgliteOnly: true }, async (stage, t) => {
  const server = await startPostgres()
  stage.defer(() => server[Symbol.asyncDispose]())
  const database = await databaseOn(server.url, stage)
  const site = await openSite(stage, { servers: 3, maxSession: SESSIONS, bootMs: 700, database })
  const { client, world } = site
  const [quiet = '', ...busy] = site.serverIds
  const control = await site.startControl()
  await client.allRegistered()

  await chapter(t, 'without it every call is answered 503, and nothing is started', async () => {
    await server.stop()
    stage.defer(() => server.start())
    assertUnavailable(await client.requestUpdate([quiet]))
    assertUnavailable(await client.call('GET', `/v1/${world.project.id}/app-servers`))
    assert.equal((await client.call('GET', '/healthz')).status, 503)
    assert.equal((await client.call('GET', '/openapi.json')).status, 200, 'what needs no database is served')
  })

  await chapter(t, 'when it is back, calls are answered again, by the same process', async () => {
    await server.start()
    await until('it answers', async () => (await client.call('GET', '/healthz')).status === 200)
    assert.equal((await client.subJobs()).count, 0, 'the refused update left nothing behind')
    assert.equal((await client.server(quiet)).task_status, 'null')
    const job = await client.jobEnd(await client.startUpdate([quiet]))
    assert.equal(job.status, 'SUCCESS')
  })

  await chapter(t, 'a job that was under way when it went ends when it is back', async () => {
    const jobId = await client.startUpdate(busy)
    const machines = () => compute.listMachines(site.socketPath)
    const before = await machines()
    await until('a server of the job is down', async () =>
      (await machines()).some((machine) => busy.includes(machine.server_id) && !machine.running),
    )
    await server.stop()
    await until('it is up again', async () => (await machines()).every((machine) => machine.running))
    assert.notDeepEqual(await machines(), before)
    await control.line('will come back')
    await server.start()
    assert.equal((await client.jobEnd(jobId)).status, 'SUCCESS')
  })

  await chapter(t, 'and the books are right', async () => {
    assert.equal(control.log.filter((line) => line.includes('"level":50')).length, 0, 'it healed: nobody was woken')
    const open = await database.open()
    try {
      await assertBooksAreRight(open.db, site.serverIds, SESSIONS)
    } finally {
      await open.close()
    }
  })
})
