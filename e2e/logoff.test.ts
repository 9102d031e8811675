import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { exec } from '../agent/index.ts'
import { whyNoNamespaces } from '../compute/index.ts'
import { namespaceOf, tagOf } from '../compute/netns-plan.ts'
import * as compute from '../contract/compute/client.ts'
import { openSite, putLicenceServer, type Site } from './support/site.ts'
import { story } from './support/stage.ts'
import { until } from './support/wait.ts'

const skip = (await whyNoNamespaces(tmpdir())) ?? false
const ANNA = { session_id: 's-anna', user_name: 'anna', uid: 20_001 }
const BERT = { session_id: 's-bert', user_name: 'bert', uid: 20_002 }

interface Session {
  readonly id: string
  readonly session_state: string
  readonly virtual_ip: string
}

function sessionsOf({ client, world }: Site, userName: string): Promise<readonly Session[]> {
  const path = `/v1/${world.project.id}/session/list-sessions?query_begin_time=&query_end_time=&user_name=${userName}`
  return client.call('GET', path).then(({ body }) => (body as { items: readonly Session[] }).items)
}

function untilIn(site: Site, userName: string, state: string): Promise<Session> {
  return until(`the session of ${userName} is ${state}`, async () =>
    (await sessionsOf(site, userName)).find(({ session_state }) => session_state === state),
  )
}

story(
  'a session that is logged off has no process and no address left on its host',
  { skip, onPgliteOnly: true },
  async (stage) => {
    const site = await openSite(stage, { servers: 2, maxSession: 3, hosts: 'netns' })
    const { client, socketPath, world } = site
    const farEnd = await putLicenceServer(site)
    await site.startControl()
    await client.allRegistered()
    assert.equal((await client.jobEnd(await client.startUpdate(site.serverIds))).status, 'SUCCESS')
    const [one = '', two = ''] = site.serverIds
    await compute.openSession(socketPath, one, ANNA)
    await compute.openSession(socketPath, one, BERT)
    // the same uid on another host of this kernel
    await compute.openSession(socketPath, two, { ...BERT, user_name: 'dora' })
    const anna = await untilIn(site, 'anna', 'Active')
    const bert = await untilIn(site, 'bert', 'Active')
    assert.equal((await compute.connect(socketPath, one, BERT.session_id, farEnd)).tcp, bert.virtual_ip)

    const order = { session_ids: [bert.id], delay_time: 0, message_type: 1, message: 'Maintenance' }
    assert.equal((await client.call('POST', `/v1/${world.project.id}/session/logoff`, order)).status, 200)
    await untilIn(site, 'bert', 'SignedOut')
    const namespace = namespaceOf(tagOf(site.stateDir), one)
    assert.doesNotMatch(
      await exec('ip', ['-n', namespace, 'addr']),
      new RegExp(`${bert.virtual_ip.replaceAll('.', '\\.')}/`),
    )
    await until('its process is gone', () =>
      compute.connect(socketPath, one, BERT.session_id, farEnd).then(
        () => false,
        () => true,
      ),
    )
    assert.equal(
      (await compute.connect(socketPath, one, ANNA.session_id, farEnd)).tcp,
      anna.virtual_ip,
      'the other stays',
    )
    const dora = await untilIn(site, 'dora', 'Active')
    assert.equal((await compute.connect(socketPath, two, BERT.session_id, farEnd)).tcp, dora.virtual_ip)
    await until('the count is right', async () => (await client.server(one)).session_count === 1)
  },
)
