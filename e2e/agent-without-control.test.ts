import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exec, fetchStatus } from '../agent/index.ts'
import { whyNoNamespaces } from '../compute/index.ts'
import { namespaceOf, tagOf } from '../compute/netns-plan.ts'
import type { AgentStatus } from '../contract/agent/session-socket.ts'
import * as compute from '../contract/compute/client.ts'
import { openSite, putLicenceServer, type Site } from './support/site.ts'
import { story } from './support/stage.ts'
import { until } from './support/wait.ts'

const SESSIONS = 3
const FAR_END = { host: '198.18.0.2', port: 27_000 }

interface User {
  readonly name: string
  readonly uid: number
}
const ALICE = { name: 'alice', uid: 20_001 }
const BOB = { name: 'bob', uid: 20_002 }
const CAROL = { name: 'carol', uid: 20_003 }
const DAVE = { name: 'dave', uid: 20_004 }

async function logIn({ socketPath }: Site, serverId: string, { name, uid }: User): Promise<string> {
  const spec = { session_id: `s-${name}`, user_name: name, uid }
  return (await compute.openSession(socketPath, serverId, spec)).virtual_ip
}

function logOut({ socketPath }: Site, serverId: string, { name }: User): Promise<void> {
  return compute.closeSession(socketPath, serverId, `s-${name}`)
}

/** The address under which the far end sees the user's connection. */
async function seenAs({ socketPath }: Site, serverId: string, { name }: User, farEnd = FAR_END): Promise<unknown> {
  const { tcp, udp } = await compute.connect(socketPath, serverId, `s-${name}`, farEnd)
  assert.equal(tcp, udp)
  return tcp
}

function untilCounted({ client }: Site, serverId: string, sessions: number): Promise<unknown> {
  const counted = async () => (await client.server(serverId)).session_count === sessions
  return until(`${sessions} sessions of ${serverId} are reported`, counted, 60_000)
}

story('servers go on without the control plane, and report when it is back', {}, async (stage) => {
  const site = await openSite(stage, { servers: 2, maxSession: SESSIONS })
  const control = await site.startControl()
  await site.client.allRegistered()
  const job = await site.client.jobEnd(await site.client.startUpdate(site.serverIds))
  assert.equal(job.status, 'SUCCESS')
  const machines = await compute.listMachines(site.socketPath)

  await control.end('SIGKILL')
  const [one = '', two = ''] = site.serverIds
  const given = [
    await logIn(site, one, ALICE),
    await logIn(site, one, BOB),
    await logIn(site, one, CAROL),
    await logIn(site, two, ALICE),
  ]
  assert.equal(new Set(given).size, given.length, `each session its own address: ${given.join(' ')}`)
  assert.equal(await seenAs(site, one, BOB), given[1])
  await assert.rejects(logIn(site, one, DAVE), /409 .*all 3 addresses of this server are in use/)
  await logOut(site, one, BOB)
  const next = await logIn(site, one, DAVE)
  assert.equal(next, given[1], 'the only free address of the block is given again')

  await site.startControl()
  await untilCounted(site, one, 3)
  await untilCounted(site, two, 1)
  assert.equal(await seenAs(site, one, DAVE), next, 'the return of the control plane disturbs nobody')

  const again = await site.client.jobEnd(await site.client.startUpdate(site.serverIds))
  assert.equal(again.status, 'SUCCESS')
  assert.deepEqual(await compute.listMachines(site.socketPath), machines, 'nothing had to change, nothing rebooted')
})

const skip = (await whyNoNamespaces(tmpdir())) ?? false

story('an agent that is killed leaves its sessions their network and takes them up again', { skip }, async (stage) => {
  const site = await openSite(stage, { servers: 1, maxSession: SESSIONS, hosts: 'netns' })
  const farEnd = await putLicenceServer(site)
  const control = await site.startControl()
  await site.client.allRegistered()
  const job = await site.client.jobEnd(await site.client.startUpdate(site.serverIds))
  assert.equal(job.status, 'SUCCESS')
  const [server = ''] = site.serverIds
  const alice = await logIn(site, server, ALICE)
  const bob = await logIn(site, server, BOB)
  const host = hostOf(site, server)
  const rules = await host.rules()
  assert.match(rules, /20001/)

  await control.end('SIGKILL')
  const killed = await host.agentPid()
  process.kill(killed, 'SIGKILL')
  assert.equal(await seenAs(site, server, ALICE, farEnd), alice, 'without its agent')
  await until('the agent runs again', async () => (await host.agentPid()) !== killed)
  const status = await until('it serves again', () => host.status())
  assert.deepEqual([status.addresses_total, status.addresses_used], [SESSIONS, 2])
  assert.equal(await host.rules(), rules, 'rules and firewall are as before')
  assert.equal(await seenAs(site, server, BOB, farEnd), bob, 'with the new agent')
  const carol = await logIn(site, server, CAROL)
  assert.equal(await seenAs(site, server, CAROL, farEnd), carol, 'a new session, still without the control plane')

  await site.startControl()
  await untilCounted(site, server, 3)
})

/** A look into a host that is a network namespace. */
function hostOf({ stateDir }: Site, serverId: string) {
  const namespace = namespaceOf(tagOf(stateDir), serverId)
  return {
    agentPid: async () => {
      const pids = (await exec('ip', ['netns', 'pids', namespace])).split('\n').filter(Boolean)
      const agent = pids.find((pid) => commandLine(pid).includes('agent/main.ts'))
      assert.ok(agent, 'no agent runs')
      return Number(agent)
    },
    rules: async () =>
      `${await exec('ip', ['-n', namespace, 'rule'])}${await exec('ip', ['netns', 'exec', namespace, 'nft', 'list', 'ruleset'])}`,
    status: async (): Promise<AgentStatus> =>
      JSON.parse(await fetchStatus(join(stateDir, 'machines', namespace, 'agent.sock'))),
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
