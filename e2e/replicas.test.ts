import assert from 'node:assert/strict'
import * as compute from '../contract/compute/client.ts'
import { freePort } from '../tools/postgres.ts'
import { apiClient, type Client, errorOf, jobIdOf } from './support/api.ts'
import { assertBooksAreRight } from './support/books.ts'
import { startForwarder } from './support/forwarder.ts'
import { noPostgres, postgresDatabase } from './support/postgres.ts'
import type { Program } from './support/program.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, type Stage, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const SESSIONS = 4
/** Where the agents were told to go, and where each replica listens; all of 127.0.0.0/8 is loopback on Linux. */
const FRONT = '127.0.0.2'
const BEHIND = ['127.0.0.1', '127.0.0.3'] as const

const skip =
  noPostgres || (process.platform === 'linux' ? false : 'needs the loopback addresses 127.0.0.2 and 127.0.0.3')

interface Replicas {
  readonly site: Site
  /** The first holds the links of the agents as long as it lives. */
  readonly first: Program
  readonly clients: readonly [Client, Client]
}

async function startReplicas(stage: Stage): Promise<Replicas> {
  const database = await postgresDatabase(stage)
  const site = await openSite(stage, { servers: 6, maxSession: SESSIONS, bootMs: 500, database })
  await startForwarder(
    stage,
    { host: FRONT, port: site.agentPort },
    BEHIND.map((host) => ({ host, port: site.agentPort })),
  )
  const first = await site.startControl({ name: 'replica 1', agentHost: BEHIND[0], agentPublicHost: FRONT })
  const port = await freePort()
  await site.startControl({ name: 'replica 2', agentHost: BEHIND[1], agentPublicHost: FRONT, port })
  await site.client.allRegistered()
  return { site, first, clients: [site.client, apiClient(`http://127.0.0.1:${port}`, site.world)] }
}

story('two control planes on one database are one control plane', { skip }, async (stage, t) => {
  const { site, first, clients } = await startReplicas(stage)
  const [one, two] = clients
  const [contested = '', ...others] = site.serverIds
  const [bystander = '', another = ''] = others

  await chapter(
    t,
    'of ten requests at once for one server, over both, one starts a job and nine are told which',
    async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (clients[index % 2] ?? one).requestUpdate([contested])),
      )
      const started = answers.filter((answer) => answer.status === 200)
      assert.equal(started.length, 1, JSON.stringify(answers.map((answer) => answer.status)))
      const jobId = started.map(jobIdOf)[0] ?? ''
      for (const refused of answers.filter((answer) => answer.status !== 200)) {
        assert.equal(refused.status, 409)
        assert.equal(errorOf(refused).error_code, 'WKS.00211103')
        assert.match(errorOf(refused).error_msg, new RegExp(`${contested} .* ${jobId} `))
      }
      assert.equal((await one.subJobs()).count, 1, 'the refused left nothing behind')
      assert.equal((await two.jobEnd(jobId)).status, 'SUCCESS')
    },
  )

  await chapter(t, 'job ids are unique, and increase whoever gives them', async () => {
    const inTurn: bigint[] = []
    for (let index = 0; index < 8; index += 1) {
      const client = clients[index % 2] ?? one
      const jobId = await client.startUpdate([contested])
      assert.match(jobId, /^\d{18}$/)
      await client.jobEnd(jobId)
      inTurn.push(BigInt(jobId))
    }
    assert.deepEqual(
      inTurn,
      inTurn.toSorted((a, b) => (a < b ? -1 : 1)),
    )
    const atOnce = await Promise.all([one.startUpdate([bystander]), two.startUpdate([another])])
    assert.equal(new Set([...inTurn.map(String), ...atOnce]).size, 10)
    for (const jobId of atOnce) assert.equal((await one.jobEnd(jobId)).status, 'SUCCESS')
  })

  await chapter(t, 'when one is killed while its servers reboot, the other finishes the job', async () => {
    const servers = others.slice(2)
    const jobId = await one.startUpdate(servers)
    await until('a server of the job is down', async () => {
      const machines = await compute.listMachines(site.socketPath)
      return machines.some((machine) => servers.includes(machine.server_id) && !machine.running)
    })
    await first.end('SIGKILL')
    const job = await two.jobEnd(jobId)
    assert.deepEqual(
      job.sub_jobs.map((subJob) => subJob.status),
      servers.map(() => 'SUCCESS'),
    )
  })

  await chapter(t, 'and the books are right', async () => {
    const database = await site.database.open()
    try {
      await assertBooksAreRight(database.db, site.serverIds, SESSIONS)
    } finally {
      await database.close()
    }
  })
})
