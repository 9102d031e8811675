import assert from 'node:assert/strict'
import { sql } from 'kysely'
import type { Db } from '#db'
import * as compute from '../contract/compute/client.ts'
import { readAccount } from './support/books.ts'
import { look } from './support/database.ts'
import type { ControlPlan, MomentName } from './support/dying.ts'
import { type BadHosts, badHosts, type Habit } from './support/hosts.ts'
import type { Program } from './support/program.ts'
import { openSite, type Site } from './support/site.ts'
import { chapter, type Stage, story } from './support/stage.ts'

const SESSIONS = 4

/** How often a moment has come when the control plane dies. */
type Death = readonly [moment: MomentName, nth: number]

interface Trouble {
  readonly habit?: Habit
  readonly plan?: Omit<ControlPlan, 'die'>
  readonly deaths: readonly Death[]
  /** Status and error code of each sub-job in the end. */
  readonly ends: readonly [status: string, errorCode: string]
}

const RELEASES: readonly MomentName[] = ['before the release', 'while what leaves is marked', 'after the release']
const onceEach = (moments: readonly MomentName[]): Death[] => moments.map((moment) => [moment, 1])

const UNSEEN: Trouble = {
  habit: { softReboot: 'reboots', hardReboot: 'reboots', isUnseen: true },
  deaths: [
    ...onceEach(['before the undoing', 'just after the agent was told to undo', ...RELEASES]),
    ['before the port is written', 2],
    ['after the port was written', 2],
    ...onceEach(['before the last transaction of a failure', 'after the last transaction of a failure']),
  ],
  ends: ['FAILED', 'WKS.00121206'],
}

const REFUSED: Trouble = {
  plan: { portRefusals: 1 },
  deaths: [
    ...onceEach(['before the release', 'while what leaves is marked']),
    ['before the port is written', 2],
    ['after the port was written', 1],
    ...onceEach(['after the release', 'before the last transaction of a failure']),
  ],
  ends: ['FAILED', 'WKS.00121202'],
}

const SWITCHED_OFF: Trouble = {
  deaths: onceEach([
    'before the former state is noted',
    'after the former state was noted',
    'before the agent is told',
    'just after the agent was told',
    'just after the reboot was ordered',
    'before the verification',
    ...RELEASES,
    'before the port is written',
    'after the port was written',
    'within the last transaction',
  ]),
  ends: ['SUCCESS', ''],
}

/** Short enough to wait for, long enough for a start. */
const HANGING: Trouble = {
  habit: { softReboot: 'hangs', hardReboot: 'reboots' },
  plan: { timing: { rebooting: 2 } },
  deaths: onceEach(['when a deadline has passed', 'after a second reboot was decided']),
  ends: ['SUCCESS', ''],
}

const LOST: Trouble = {
  habit: { softReboot: 'hangs', hardReboot: 'hangs' },
  plan: { timing: { rebooting: 1, undoing: 1 } },
  deaths: [
    ['when a deadline has passed', 2],
    ['when a deadline has passed', 3],
    ['before the last transaction of a failure', 1],
  ],
  ends: ['FAILED', 'WKS.00121205'],
}

interface Scene {
  readonly site: Site
  readonly hosts: BadHosts
}

async function openScene(stage: Stage, { deaths }: Trouble): Promise<Scene> {
  const hosts = await badHosts(stage)
  const site = await openSite(stage, { servers: deaths.length, maxSession: SESSIONS, socketPath: hosts.socketPath })
  return { site, hosts }
}

function startNext({ site }: Scene, { deaths, plan }: Trouble, index: number): Promise<Program> {
  const death = deaths[index]
  return site.startControl({ plan: { ...plan, ...(death ? { die: { moment: death[0], nth: death[1] } } : {}) } })
}

/** One server, one death for each moment; returns the control plane that saw the last job end. */
async function playDeaths(t: Parameters<typeof chapter>[0], scene: Scene, trouble: Trouble): Promise<Program> {
  const { site, hosts } = scene
  let control = await startNext(scene, trouble, 0)
  await site.client.allRegistered()
  for (const [index, [moment, nth]] of trouble.deaths.entries()) {
    await chapter(t, `killed ${moment}${nth > 1 ? `, the ${nth}. time` : ''}`, async () => {
      const serverId = site.serverIds[index] ?? ''
      await compute.resetMachine(site.socketPath, serverId)
      if (trouble.habit) hosts.habits.set(serverId, trouble.habit)
      control.write('arm\n')
      await control.line('{"armed":true}')
      const answered = await site.client.startUpdate([serverId]).catch(() => undefined)
      assert.equal((await control.ended).signal, 'SIGKILL')
      control = await startNext(scene, trouble, index + 1)
      const job = await site.client.jobEnd(answered ?? (await site.client.server(serverId)).job_id ?? 'none')
      assert.deepEqual(
        job.sub_jobs.map(({ status, error_code }) => [status, error_code]),
        [trouble.ends],
      )
    })
  }
  return control
}

/** Nothing is owned, open or told any more; what was given back rests, each address once; nothing is under way. */
async function assertAllGivenBack(db: Db, site: Site, blocks: number): Promise<void> {
  for (const serverId of site.serverIds) {
    const { owned, open, told } = await readAccount(db, serverId)
    assert.deepEqual({ owned, open, told }, { owned: [], open: [], told: [] }, serverId)
  }
  const { rows } = await sql<{ owned: number; resting: number; leaving: number; unfinished: number }>`
    SELECT count(*) FILTER (WHERE kind = 'session')::int AS owned,
           count(*) FILTER (WHERE quarantined_until IS NOT NULL)::int AS resting,
           count(leaving_at)::int AS leaving,
           (SELECT count(*)::int FROM tsvi.update WHERE finished_at IS NULL) AS unfinished
    FROM vpc.address`.execute(db)
  assert.deepEqual(rows, [{ owned: 0, resting: blocks * SESSIONS, leaving: 0, unfinished: 0 }])
}

async function playUntilGivenBack(stage: Stage, t: Parameters<typeof chapter>[0], trouble: Trouble): Promise<void> {
  const scene = await openScene(stage, trouble)
  const control = await playDeaths(t, scene, trouble)
  await chapter(t, 'every address is given back, once', async () => {
    await control.end('SIGTERM')
    await look(scene.site, (db) => assertAllGivenBack(db, scene.site, trouble.deaths.length))
  })
}

story('an update whose addresses nobody sees is undone, killed at every step', {}, (stage, t) =>
  playUntilGivenBack(stage, t, UNSEEN),
)

story('an update whose port is refused gives its claim back, killed at every step', {}, (stage, t) =>
  playUntilGivenBack(stage, t, REFUSED),
)

story('switching off releases every address, killed at every step', {}, async (stage, t) => {
  const scene = await openScene(stage, SWITCHED_OFF)
  const { site } = scene
  await chapter(t, 'all are switched on, and the group off', async () => {
    const control = await site.startControl({ plan: {} })
    await site.client.allRegistered()
    assert.equal((await site.client.jobEnd(await site.client.startUpdate(site.serverIds))).status, 'SUCCESS')
    await control.end('SIGTERM')
    await look(site, async (db) => {
      await db.updateTable('fleet.server_group').set({ ip_virtual_enable: false }).execute()
    })
  })
  const control = await playDeaths(t, scene, SWITCHED_OFF)
  await chapter(t, 'every address is given back, once', async () => {
    await control.end('SIGTERM')
    await look(site, (db) => assertAllGivenBack(db, site, SWITCHED_OFF.deaths.length))
  })
})

story('a deadline is kept over a death in the middle of it', {}, async (stage, t) => {
  const scene = await openScene(stage, HANGING)
  const control = await playDeaths(t, scene, HANGING)
  await control.end('SIGTERM')
  await look(scene.site, async (db) => {
    for (const serverId of scene.site.serverIds) {
      const { owned, open, told } = await readAccount(db, serverId)
      assert.equal(owned.length, SESSIONS)
      assert.deepEqual([open, told], [owned, owned])
    }
  })
})

story('a lost server keeps its addresses until it is back, killed at every deadline', {}, async (stage, t) => {
  const scene = await openScene(stage, LOST)
  const { site, hosts } = scene
  let control = await playDeaths(t, scene, LOST)
  await chapter(t, 'nothing is given back while it is away', async () => {
    await control.end('SIGTERM')
    await look(site, async (db) => {
      for (const serverId of site.serverIds) {
        const { owned, open, told } = await readAccount(db, serverId)
        assert.equal(owned.length, SESSIONS)
        assert.deepEqual([open, told], [owned, []])
      }
    })
  })
  await chapter(t, 'and everything when it has undone what it was told', async () => {
    control = await site.startControl({ plan: {} })
    for (const serverId of site.serverIds) {
      await hosts.powerOn(serverId)
      await control.line(new RegExp(`${serverId}.*addresses left by a failed update are released`))
    }
    await control.end('SIGTERM')
    await look(site, (db) => assertAllGivenBack(db, site, LOST.deaths.length))
  })
})
