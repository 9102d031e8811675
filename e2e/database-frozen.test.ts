import assert from 'node:assert/strict'
import { freePort, startPostgres } from '../tools/postgres.ts'
import { type Answer, errorOf } from './support/api.ts'
import { assertBooksAreRight } from './support/books.ts'
import { databaseOn } from './support/database.ts'
import { startForwarder } from './support/forwarder.ts'
import { noPostgresToStart } from './support/postgres.ts'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const SESSIONS = 4
/** The control plane waits 12 s for an answer; the rest is the machine's. */
const ANSWERED_WITHIN_MS = 17_000

/** Sends a call and checks that the answer is an honest 503, and in time. */
async function assertUnavailable(call: () => Promise<Answer>): Promise<void> {
  const sentAt = performance.now()
  const answer = await call()
  const tookMs = performance.now() - sentAt
  assert.equal(answer.status, 503, JSON.stringify(answer.body))
  assert.equal(errorOf(answer).error_code, 'WKS.00050902')
  assert.ok(tookMs < ANSWERED_WITHIN_MS, `the answer took ${Math.round(tookMs)} ms`)
}

story(
  'the control plane outlives a database that falls silent',
  { skip: noPostgresToStart, onPgliteOnly: true },
  async (stage, t) => {
    const server = await startPostgres()
    stage.defer(() => server[Symbol.asyncDispose]())
    const direct = await databaseOn(server.url, stage)
    const through = new URL(direct.environment.DATABASE_URL ?? '')
    const target = { host: through.hostname, port: Number(through.port) }
    through.port = String(await freePort())
    const network = await startForwarder(stage, { host: through.hostname, port: Number(through.port) }, [target])
    const database = { ...direct, environment: { DATABASE_URL: through.href } }
    const site = await openSite(stage, { servers: 3, maxSession: SESSIONS, bootMs: 700, database })
    const { client, world } = site
    const [quiet = '', ...busy] = site.serverIds
    const control = await site.startControl()
    await client.allRegistered()

    await chapter(t, 'calls of every kind are answered 503 in time, and nothing is started', async () => {
      network.freeze()
      await Promise.all([
        assertUnavailable(() => client.requestUpdate([quiet])),
        assertUnavailable(() => client.call('GET', `/v1/${world.project.id}/app-servers`)),
        until('it says that it is not healthy', async () => (await client.call('GET', '/healthz')).status === 503),
      ])
      // and so are those that find no connection at all
      await assertUnavailable(() => client.requestUpdate([quiet]))
      assert.equal((await client.call('GET', '/openapi.json')).status, 200, 'what needs no database is served')
    })

    await chapter(
      t,
      'on new connections it goes on by itself, agents are told what changes, and a job succeeds',
      async () => {
        network.thaw()
        await until('it answers', async () => (await client.call('GET', '/healthz')).status === 200)
        assert.equal((await client.subJobs()).count, 0, 'the refused updates left nothing behind')
        const job = await client.jobEnd(await client.startUpdate([quiet]))
        assert.equal(job.status, 'SUCCESS')
      },
    )

    await chapter(t, 'a job that was under way ends as well', async () => {
      const jobId = await client.startUpdate(busy)
      await until('an update waits for its host', async () =>
        (await client.servers()).some((each) => busy.includes(each.id) && each.vm_status === 'REBOOT'),
      )
      network.freeze()
      await control.line('an agent connection ended by a failure of ours')
      network.thaw()
      assert.equal((await client.jobEnd(jobId, 120_000)).status, 'SUCCESS')
    })

    await chapter(t, 'nobody was woken, no server was given up, and the books are right', async () => {
      assert.equal(control.log.filter((line) => line.includes('"level":50')).length, 0)
      assert.equal(control.log.filter((line) => line.includes('an agent is silent')).length, 0)
      const open = await direct.open()
      try {
        await assertBooksAreRight(open.db, site.serverIds, SESSIONS)
      } finally {
        await open.close()
      }
    })
  },
)
