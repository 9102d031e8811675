import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { insertFleet } from '#testing'
import { AGENT_VERSION } from '../../contract/agent/version.ts'
import { assertDeclared, type TestApi, testApi } from '../testing/api.ts'

let api: TestApi
let ids: readonly string[]
before(async () => {
  api = await testApi({ servers: 3 })
  ids = api.world.servers.map(({ id }) => id)
  const { serverIds } = await insertFleet(api.db, { cidr: '10.8.0.0/24' })
  await version('0.0.1', serverIds)
})
after(() => api[Symbol.asyncDispose]())

function version(agent_version: string, of: readonly string[]) {
  return api.db.updateTable('agents.agent').set({ agent_version }).where('server_id', 'in', of).execute()
}

async function read<T>(operation: string, path: string): Promise<T> {
  const answer = await api.call('GET', `/v1/${api.world.project.id}/app-servers/access-agent/${path}`)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared(operation, answer)
  return answer.body as T
}

type Item = Readonly<Record<string, unknown>>
interface Page {
  readonly count: number
  readonly items: readonly Item[]
}
const details = (query = '') => read<Page>('ListServerHdaDetails', `list${query}`)

describe('the latest version', () => {
  it('is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    assert.equal(AGENT_VERSION, version)
    const latest = { hda_type: 'SBC', latest_version: version }
    assert.deepEqual(await read('ShowAccessAgentLatestVersion', 'latest-version'), latest)
    assert.deepEqual(await read('ListAccessAgentLatestVersion', 'actions/show-latest-version'), { items: [latest] })
  })
})

describe('the agents of the servers', () => {
  it('are listed with their versions, empty before they enrol, and none of another project', async () => {
    await version('0.0.1', ids.slice(0, 1))
    const { count, items } = await details()
    assert.equal(count, 3)
    const [server] = items.filter((item) => item.server_id === ids[0])
    assert.partialDeepStrictEqual(server, {
      sid: ids[0],
      server_name: 'APS-1',
      server_group_id: api.world.server_group.id,
      server_group_name: 'group',
      session_count: 0,
      maintain_status: false,
      current_version: '0.0.1',
    })
    assert.equal(items.find((item) => item.server_id === ids[1])?.current_version, '')
  })

  it('are paged, and filtered by group and by part of the name', async () => {
    const { count, items } = await details('?limit=2&offset=1')
    assert.deepEqual([count, items.length], [3, 2])
    assert.deepEqual(
      (await details('?server_name=PS-2')).items.map((item) => item.server_id),
      [ids[1]],
    )
    assert.equal((await details(`?server_group_id=${api.world.server_group.id}`)).count, 3)
    assert.equal((await details('?server_group_id=other')).count, 0)
  })

  it('have the sid that the server shows', async () => {
    const { body } = await api.call('GET', `/v1/${api.world.project.id}/app-servers/${ids[0]}`)
    assert.equal((body as Item).sid, ids[0])
  })
})

describe('the flag of upgrades', () => {
  const flag = () => read('ShowHdaUpgradeFlag', 'upgrade-flag')

  it('is up while an agent of the project that has enrolled is of another version', async () => {
    await version('', ids)
    assert.deepEqual(await flag(), { upgrade_flag: false })
    await version('0.0.1', ids.slice(2))
    assert.deepEqual(await flag(), { upgrade_flag: true })
    await version(AGENT_VERSION, ids)
    assert.deepEqual(await flag(), { upgrade_flag: false })
  })
})

describe('the records of upgrades', () => {
  it('are those of the project, the last one first', async () => {
    const row = (id: string, project_id: string, at: string) => ({
      ...{ id, project_id, server_id: `server-${id}`, server_name: 'APS-1', machine_name: 'APS-M', told_at: null },
      ...{ server_group_name: 'group', current_version: '0.0.1', target_version: '0.1.0', status: 'SUCCESS' },
      updated_at: new Date(at),
    })
    const own = api.world.project.id
    await api.db
      .insertInto('agents.upgrade')
      .values([
        row('1', own, '2026-05-21T08:00:01.900Z'),
        row('2', own, '2026-05-21T09:00:00Z'),
        row('3', 'other', '2026-05-21T10:00:00Z'),
      ])
      .execute()
    const page = await read<Page>('ListServerHdaUpgradeRecords', 'upgrade-record')
    assert.equal(page.count, 2)
    assert.deepEqual(
      page.items.map((item) => item.upgrade_time),
      ['2026-05-21 09:00:00', '2026-05-21 08:00:01'],
    )
    assert.partialDeepStrictEqual(page.items[1], { server_id: 'server-1', sid: 'server-1', upgrade_status: 'SUCCESS' })
  })
})
