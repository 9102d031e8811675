import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createJoinToken } from '#agents'
import { systemClock } from '#kernel'
import type { Provider } from '../../compute/provider.ts'
import { type TestApi, testApi } from '../testing/api.ts'
import { testHosts } from '../testing/hosts.ts'
import { TASK_TIMING, type TaskTiming } from './task.ts'
import { checked, type Job, send, showServer, untilJobEnds, untilServer } from './test-servers.ts'

const TIMEOUT = { timeout: 60_000 }
const SESSION = { user_name: 'anna', uid: 20_001 }

interface ByHand extends AsyncDisposable {
  readonly api: TestApi
  readonly id: string
  /** Of whoever has brought the host; the control plane has no hand on it. */
  readonly provider: Provider
}

/** A server whose host was brought by hand, and whose sessions have addresses of their own. */
async function byHand(taskTiming: TaskTiming): Promise<ByHand> {
  await using stack = new AsyncDisposableStack()
  const api = stack.use(await testApi({ servers: 1, workers: true, taskTiming }))
  const { cidr, gateway_ip } = api.world.subnet
  const folder = mkdtempSync(join(tmpdir(), 'berth-by-hand-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const { provider } = stack.use(await testHosts(folder, cidr))
  const id = String(api.world.servers[0]?.id)
  const { name, host_address } = await showServer(api, id)
  const join_token = await createJoinToken(api.db, systemClock, id, api.joinAddress)
  await provider.putMachine(id, { name, address: String(host_address[0]?.addr), cidr, gateway_ip, join_token })
  await untilServer(api, id, ({ status }) => status === 'REGISTERED')
  await send(api, 'BatchUpdateTsvi', { items: [{ id, enable: true }] })
  await untilServer(api, id, ({ job_status }) => job_status === 'SUCCESS')
  const rest = stack.move()
  return { api, id, provider, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

async function deletion({ api, id }: ByHand): Promise<Job> {
  const call = api.call('DELETE', `/v1/${api.world.project.id}/app-servers/${id}`)
  return untilJobEnds(api, ((await checked('DeleteServer', call)).body as { job_id: string }).job_id)
}

describe('a server whose host was brought by hand', () => {
  it(
    'is deleted when its agent has dropped the addresses; the host is not ended, and that is said',
    TIMEOUT,
    async () => {
      await using place = await byHand({ ...TASK_TIMING, acting: 50 })
      const { provider, id } = place
      await provider.openSession(id, { session_id: 's1', ...SESSION })
      const job = await deletion(place)
      assert.equal(job.status, 'SUCCESS', JSON.stringify(job))
      assert.match(job.sub_jobs[0]?.progress.notice ?? '', /brought by hand/)
      assert.equal(provider.listMachines()[0]?.running, true)
      const late = Promise.resolve(provider.openSession(id, { session_id: 's2', ...SESSION }))
      await assert.rejects(late, /virtual IPs are switched off/)
    },
  )

  it('is deleted all the same when its agent does not answer', TIMEOUT, async () => {
    await using place = await byHand({ ...TASK_TIMING, acting: 1 })
    await place.provider.stopMachine(place.id, { type: 'HARD' })
    assert.equal((await deletion(place)).status, 'SUCCESS')
  })
})
