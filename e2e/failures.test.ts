import assert from 'node:assert/strict'
import type { Db } from '#db'
import type { SubJob } from './support/api.ts'
import { assertBooksAreRight, readAccount } from './support/books.ts'
import { look } from './support/database.ts'
import type { ControlPlan } from './support/dying.ts'
import { badHosts } from './support/hosts.ts'
import { openSite } from './support/site.ts'
import { chapter, story } from './support/stage.ts'
import { until } from './support/wait.ts'

/** Seconds; long enough for a host that answers, on a busy machine. */
const IMPATIENT: ControlPlan = { timing: { rebooting: 2, verifying: 20, undoing: 1 } }

const SESSIONS = 4

function outcomes(subJobs: readonly SubJob[], serverIds: readonly string[]): readonly (readonly string[])[] {
  return serverIds.map((serverId) => {
    const found = subJobs.find((subJob) => subJob.job_resource_info.resource_id === serverId)
    return [found?.status ?? 'none', found?.error_code ?? '']
  })
}

story('hosts that do not come back are reset, and one that stays lost fails alone', {}, async (stage, t) => {
  const hosts = await badHosts(stage)
  const site = await openSite(stage, { servers: 3, maxSession: SESSIONS, socketPath: hosts.socketPath })
  const [good = '', stubborn = '', lost = ''] = site.serverIds
  hosts.habits.set(stubborn, { softReboot: 'hangs', hardReboot: 'reboots' })
  hosts.habits.set(lost, { softReboot: 'hangs', hardReboot: 'hangs' })
  let control = await site.startControl({ plan: IMPATIENT })
  await site.client.allRegistered()

  await chapter(t, 'the job fails with the lost server, the others succeed', async () => {
    const job = await site.client.jobEnd(await site.client.startUpdate(site.serverIds))
    assert.equal(job.status, 'FAILED')
    assert.deepEqual(outcomes(job.sub_jobs, site.serverIds), [
      ['SUCCESS', ''],
      ['SUCCESS', ''],
      ['FAILED', 'WKS.00121205'],
    ])
    const ordersOf = (serverId: string) => hosts.orders.filter((order) => order.endsWith(serverId))
    assert.deepEqual(ordersOf(good), [`soft ${good}`])
    assert.deepEqual(ordersOf(stubborn), [`soft ${stubborn}`, `hard ${stubborn}`], 'the plug is the second attempt')
    assert.deepEqual(ordersOf(lost), [`soft ${lost}`, `hard ${lost}`], 'and there is no third')
    const message = job.sub_jobs.find((subJob) => subJob.status === 'FAILED')?.error_message
    assert.match(message ?? '', /did not come back within 2 s after the reboot, neither soft nor hard/)
    assert.equal((await site.client.server(lost)).task_status, 'updating_tsvi_failed')
  })

  await chapter(t, 'the lost server keeps its addresses, because nobody knows whether it uses them', async () => {
    await control.end('SIGTERM')
    await look(site, async (db) => {
      const account = await readAccount(db, lost)
      assert.equal(account.owned.length, SESSIONS)
      assert.deepEqual(account.open, account.owned)
      assert.deepEqual(account.told, [], 'its agent is to go back to what was')
      assert.equal(account.enabled, false)
    })
    control = await site.startControl({ plan: IMPATIENT })
  })

  await chapter(t, 'they are given back when it returns and has undone what it was told', async () => {
    await hosts.powerOn(lost)
    await control.line('addresses left by a failed update are released')
    await control.end('SIGTERM')
    await look(site, async (db) => {
      const { owned, open, told } = await readAccount(db, lost)
      assert.deepEqual({ owned, open, told }, { owned: [], open: [], told: [] })
      await assertNoneBelongsTo(db, lost)
    })
  })

  await chapter(t, 'and the next update of it succeeds', async () => {
    hosts.habits.delete(lost)
    control = await site.startControl({ plan: IMPATIENT })
    await until('it is linked', async () => (await site.client.server(lost)).vm_status === 'ACTIVE')
    const job = await site.client.jobEnd(await site.client.startUpdate([lost]))
    assert.deepEqual(outcomes(job.sub_jobs, [lost]), [['SUCCESS', '']])
    await control.end('SIGTERM')
    await look(site, (db) => assertBooksAreRight(db, site.serverIds, SESSIONS))
  })
})

async function assertNoneBelongsTo(db: Db, serverId: string): Promise<void> {
  const resting = await db
    .selectFrom('vpc.address')
    .select('owner_id')
    .where('quarantined_until', 'is not', null)
    .execute()
  assert.deepEqual(
    resting.map((row) => row.owner_id),
    Array(SESSIONS).fill(null),
    'released addresses rest',
  )
  const left = await db.selectFrom('vpc.address').select('address').where('owner_id', '=', serverId).execute()
  assert.deepEqual(left, [])
}

story('a server for which the subnet has no addresses left fails alone and claims nothing', {}, async (stage) => {
  // sixteen, less network, gateway, three of the platform and one for each server's own: eight for two servers' sessions
  const site = await openSite(stage, { servers: 3, maxSession: SESSIONS, cidr: '198.18.0.0/28' })
  const control = await site.startControl()
  await site.client.allRegistered()
  const job = await site.client.jobEnd(await site.client.startUpdate(site.serverIds))
  assert.equal(job.status, 'FAILED')
  const failed = job.sub_jobs.filter((subJob) => subJob.status === 'FAILED')
  assert.deepEqual(
    failed.map((subJob) => subJob.error_code),
    ['WKS.00121201'],
  )
  assert.match(failed[0]?.error_message ?? '', /has 0 free addresses and the server needs 4 more/)
  const [poor = ''] = failed.map((subJob) => subJob.job_resource_info.resource_id)
  const rich = site.serverIds.filter((id) => id !== poor)
  assert.deepEqual(outcomes(job.sub_jobs, rich), [
    ['SUCCESS', ''],
    ['SUCCESS', ''],
  ])
  assert.equal((await site.client.server(poor)).task_status, 'updating_tsvi_failed')

  await control.end('SIGTERM')
  await look(site, async (db) => {
    const { owned, open, told } = await readAccount(db, poor)
    assert.deepEqual({ owned, open, told }, { owned: [], open: [], told: [] })
    await assertBooksAreRight(db, rich, SESSIONS)
  })
})
