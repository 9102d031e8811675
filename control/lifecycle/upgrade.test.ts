import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { silentLog } from '../../agent/log.ts'
import { memoryProvider } from '../../compute/memory.ts'
import { AGENT_VERSION } from '../../contract/agent/version.ts'
import { assertDeclared, type TestApi, type TestApiOptions, testApi } from '../testing/api.ts'
import { TASK_TIMING } from './task.ts'
import { checked, send, showServer, untilJobEnds, untilServer } from './test-servers.ts'

const TIMEOUT = { timeout: 60_000 }

/** Hosts whose agents are old, and are of `restarted` when they were started anew. */
function oldAgents(restarted: string): TestApiOptions['hosts'] {
  const place = { reason: null, cidr: '10.9.0.0/24', gatewayIp: '10.9.0.1', bootMs: 0, log: silentLog }
  return () => memoryProvider({ ...place, agentVersions: { installed: '0.0.9', restarted } })
}

interface Ready extends AsyncDisposable {
  readonly api: TestApi
  readonly ids: readonly string[]
  readonly id: string
}

async function ready(options: Partial<TestApiOptions> = {}): Promise<Ready> {
  const api = await testApi({ servers: 2, hosts: true, workers: true, ...options })
  const ids = api.world.servers.map(({ id }) => id)
  for (const id of ids) await untilServer(api, id, (server) => server.status === 'REGISTERED')
  return { api, ids, id: ids[0] ?? '', [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() }
}

const path = ({ world }: TestApi, rest: string) => `/v1/${world.project.id}/app-servers/access-agent/${rest}`
const ask = (api: TestApi, items: readonly string[]) =>
  checked('BatchUpgradeHdaVersion', api.call('PATCH', path(api, 'actions/upgrade'), { body: { items } }))

async function upgrade(api: TestApi, items: readonly string[]) {
  const answer = await ask(api, items)
  assert.equal(answer.status, 200, answer.text)
  return untilJobEnds(api, (answer.body as { job_id: string }).job_id)
}

type Item = Readonly<Record<string, unknown>>

async function items(api: TestApi, operation: string, rest: string): Promise<readonly Item[]> {
  const answer = await api.call('GET', path(api, rest))
  assertDeclared(operation, answer)
  return (answer.body as { items: readonly Item[] }).items
}
const records = (api: TestApi) => items(api, 'ListServerHdaUpgradeRecords', 'upgrade-record')

describe('an upgrade of agents', () => {
  it('ends and starts them, keeps boot and sessions, and leaves a record', TIMEOUT, async () => {
    await using place = await ready({ hosts: oldAgents(AGENT_VERSION) })
    const { api, ids, id } = place
    const configured = await send(api, 'BatchUpdateTsvi', { items: ids.map((each) => ({ id: each, enable: true })) })
    assert.equal(configured.status, 200)
    for (const each of ids) await untilServer(api, each, (server) => server.job_status === 'SUCCESS')
    const session = await api.provider?.openSession(id, { session_id: 's1', user_name: 'anna', uid: 20_001 })
    const boots = api.provider?.listMachines().map(({ boot_id }) => boot_id)

    const job = await upgrade(api, ids)
    assert.deepEqual([job.status, job.job_type, job.sub_jobs.length], ['SUCCESS', 'UPGRADE_ACCESS_AGENT', 2])
    const server = await showServer(api, id)
    assert.deepEqual([server.status, server.task_status], ['REGISTERED', 'upgrad_access_agent_success'])
    assert.deepEqual(
      api.provider?.listMachines().map(({ boot_id }) => boot_id),
      boots,
    )
    assert.equal(
      (await api.provider?.connect(id, 's1', { host: '10.9.0.1', port: 1 } as never))?.tcp,
      session?.virtual_ip,
    )
    const details = await items(api, 'ListServerHdaDetails', 'list')
    assert.deepEqual(new Set(details.map(({ current_version }) => current_version)), new Set([AGENT_VERSION]))
    const made = await records(api)
    assert.equal(made.length, 2)
    assert.partialDeepStrictEqual(
      made.find((record) => record.server_id === id),
      { sid: id, current_version: '0.0.9', target_version: AGENT_VERSION, upgrade_status: 'SUCCESS' },
    )
  })

  it('of an agent that has the latest version changes nothing', TIMEOUT, async () => {
    await using place = await ready()
    const { api, id } = place
    const linked = () => api.log.lines.filter((line) => line.message === 'an agent linked').length
    const before = linked()
    assert.equal((await upgrade(api, [id])).status, 'SUCCESS')
    assert.equal(linked(), before)
    assert.partialDeepStrictEqual(await records(api), [
      { current_version: AGENT_VERSION, target_version: AGENT_VERSION, upgrade_status: 'SUCCESS' },
    ])
  })

  it('fails when another version comes back, says what to do, and ends the agent once for each', TIMEOUT, async () => {
    await using place = await ready({ hosts: oldAgents('0.0.8'), taskTiming: { ...TASK_TIMING, upgrading: 2 } })
    const { api, id } = place
    const job = await upgrade(api, [id])
    assert.equal(job.status, 'FAILED')
    assert.match(String(job.sub_jobs[0]?.error_message), /Install the package of that version on the host/)
    const server = await showServer(api, id)
    assert.deepEqual([server.status, server.task_status], ['REGISTERED', 'upgrad_access_agent_fail'])
    const links = api.log.lines.filter(
      (line) => line.message === 'an agent linked' && (line.fields as { serverId?: string }).serverId === id,
    )
    assert.equal(links.length, 2)
    assert.partialDeepStrictEqual(await records(api), [{ current_version: '0.0.9', upgrade_status: 'FAILED' }])
  })

  it('of a server whose agent is away fails when its time is over', TIMEOUT, async () => {
    await using place = await ready({ hosts: oldAgents(AGENT_VERSION), taskTiming: { ...TASK_TIMING, upgrading: 1 } })
    const { api, id } = place
    await api.provider?.stopMachine(id, { type: 'HARD' })
    assert.equal((await upgrade(api, [id])).status, 'FAILED')
  })
})

describe('requests for upgrades', () => {
  it('are refused for servers that are unknown, of another project, or busy', TIMEOUT, async () => {
    await using api = await testApi({ servers: 1, hosts: true })
    const id = api.world.servers[0]?.id ?? ''
    const { serverIds } = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
    for (const unknown of ['nobody', serverIds[0] ?? '']) assert.equal((await ask(api, [id, unknown])).status, 404)
    assert.equal((await ask(api, [])).status, 400)
    const statuses = (await Promise.all([ask(api, [id]), ask(api, [id])])).map(({ status }) => status)
    assert.deepEqual(statuses.sort(), [200, 409])
  })
})
