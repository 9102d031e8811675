import assert from 'node:assert/strict'
import * as compute from '../contract/compute/client.ts'
import { assertBooksAreRight } from './support/books.ts'
import { look } from './support/database.ts'
import type { MomentName } from './support/dying.ts'
import type { Program } from './support/program.ts'
import { deliverAgain } from './support/queue.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

const SESSIONS = 4
const SERVERS_PER_JOB = 2
const BOOT_MS = 300

type Death = { readonly name: string; readonly moment?: MomentName; readonly nth: number }

/** The moments of an update that goes well. */
const MOMENTS_OF_SUCCESS: readonly MomentName[] = [
  'before the job is begun',
  'before addresses are claimed',
  'after addresses were claimed',
  'before the port is written',
  'after the port was written',
  'before the agent is told',
  'just after the agent was told',
  'after the agent has answered',
  'before the reboot is ordered',
  'just after the reboot was ordered',
  'before the verification',
  'after the verification, before the last transaction',
  'within the last transaction',
  'after the last transaction',
]

/** After these the job is delivered again at once, beside what the next process resumes. */
const DELIVERED_AGAIN: ReadonlySet<string> = new Set(['before addresses are claimed', 'after addresses were claimed'])

/** Every moment once, by turns when it comes first and when it comes for the second server of the job. */
const DEATHS: readonly Death[] = [
  ...MOMENTS_OF_SUCCESS.map((moment, index) => ({
    name: moment,
    moment,
    nth: nthOf(moment, index),
  })),
  { name: 'while a server reboots', nth: 1 },
]

function nthOf(moment: MomentName, index: number): number {
  return moment === 'before the job is begun' ? 1 : 1 + (index % SERVERS_PER_JOB)
}

function serversOf({ serverIds }: Site, death: number): readonly string[] {
  return serverIds.slice(death * SERVERS_PER_JOB, (death + 1) * SERVERS_PER_JOB)
}

/** The control plane that will die next; each is the one that picks up what the one before it left. */
async function startNext(site: Site, death: number): Promise<Program> {
  const { moment, nth = 1 } = DEATHS[death] ?? {}
  return site.startControl({ plan: moment === undefined ? {} : { die: { moment, nth } } })
}

async function killWhileRebooting(site: Site, servers: readonly string[], control: Program): Promise<void> {
  await until('a server of the job is down', async () => {
    const machines = await compute.listMachines(site.socketPath)
    return machines.some((machine) => servers.includes(machine.server_id) && !machine.running)
  })
  void control.end('SIGKILL')
}

story('a job survives kill -9 of the control plane at every step', {}, async (stage, t) => {
  const site = await openSite(stage, {
    servers: DEATHS.length * SERVERS_PER_JOB,
    maxSession: SESSIONS,
    bootMs: BOOT_MS,
  })
  let control = await startNext(site, 0)
  await site.client.allRegistered()
  for (const [index, { name, moment }] of DEATHS.entries()) {
    await chapter(t, `killed ${name}`, async () => {
      const servers = serversOf(site, index)
      // a fresh boot looks for the control plane at once; one that has lost it often waits ever longer
      await Promise.all(servers.map((id) => compute.resetMachine(site.socketPath, id)))
      control.write('arm\n')
      await control.line('{"armed":true}')
      // the answer may get lost with the control plane; the job must not
      const answered = await site.client.startUpdate(servers).catch(() => undefined)
      if (moment === undefined) await killWhileRebooting(site, servers, control)
      assert.equal((await control.ended).signal, 'SIGKILL')
      if (DELIVERED_AGAIN.has(name)) assert.notEqual(await deliverAgain(site), 0)
      control = await startNext(site, index + 1)
      const jobId = answered ?? (await site.client.server(servers[0] ?? '')).job_id
      const job = await site.client.jobEnd(jobId ?? 'none')
      assert.deepEqual(
        job.sub_jobs.map(({ status, error_message, progress }) => [status, error_message, progress.step]),
        servers.map(() => ['SUCCESS', '', 'done']),
      )
    })
  }
  await chapter(t, 'no address is lost or owned twice, and every session has one of them', async () => {
    await control.end('SIGTERM')
    await look(site, (db) => assertBooksAreRight(db, site.serverIds, SESSIONS))
    await assertSessionsDiffer(site)
  })
})

/** With the control plane gone, every server still gives each of its sessions an address of its own. */
async function assertSessionsDiffer({ serverIds, socketPath }: Site): Promise<void> {
  const users = Array.from({ length: SESSIONS }, (_, index) => index + 1)
  const sessions = serverIds.flatMap((serverId) => users.map((user) => ({ serverId, user })))
  const given = await Promise.all(
    sessions.map(async ({ serverId, user }) => {
      const spec = { session_id: `s-${user}`, user_name: `user-${user}`, uid: 20_000 + user }
      const { virtual_ip } = await compute.openSession(socketPath, serverId, spec)
      const sighting = await compute.connect(socketPath, serverId, spec.session_id, { host: '198.18.0.2', port: 1 })
      assert.equal(sighting.tcp, virtual_ip)
      return virtual_ip
    }),
  )
  assert.equal(new Set(given).size, serverIds.length * SESSIONS)
}
