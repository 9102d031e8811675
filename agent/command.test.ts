import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DesiredState } from '../contract/agent/desired-state.ts'
import { AGENT_VERSION } from '../contract/agent/version.ts'
import { type CommandWorld, runAgentCommand } from './command.ts'

import { type TestControl, testControl } from './link/test-control.ts'

const WISH: DesiredState = {
  generation: 1,
  virtual_ip: {
    enable: true,
    addresses: ['10.1.0.20', '10.1.0.21'],
    cidr: '10.1.0.0/16',
    gateway_ip: '10.1.0.1',
    managed_uids: { first: 20000, last: 29999 },
  },
  reboot: null,
  probe: null,
}

async function host(control: TestControl) {
  const directory = await mkdtemp(join(tmpdir(), 'berth-agent-'))
  const state = join(directory, 'state')
  const bootIdFile = join(directory, 'boot-id')
  const children: ChildProcess[] = []
  await writeFile(bootIdFile, 'boot-1\n')
  const start = (...more: string[]) => {
    const main = join(import.meta.dirname, 'main.ts')
    const args = [main, 'run', '--state', state, '--driver', 'memory', '--boot-id-file', bootIdFile, ...more]
    const env = { ...process.env, BERTH_JOIN_TOKEN: control.token() }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'ignore'] })
    children.push(child)
    return { child, exited: once(child, 'exit') }
  }
  const dispose = async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(directory, { recursive: true })
  }
  return { directory, state, start, [Symbol.asyncDispose]: dispose }
}

function world(): CommandWorld & { printed: string[]; complaints: string[] } {
  const printed: string[] = []
  const complaints: string[] = []
  return {
    environment: {},
    print: (text) => printed.push(text),
    complain: (text) => complaints.push(text),
    ended: Promise.resolve(),
    printed,
    complaints,
  }
}

async function startSession(state: string, uid: number): Promise<{ status: number; virtual_ip: string }> {
  const outgoing = request({ socketPath: join(state, 'agent.sock'), method: 'POST', path: '/sessions' })
  outgoing.end(JSON.stringify({ session_id: `s${uid}`, user_name: `u${uid}`, uid }))
  const [response] = await once(outgoing, 'response')
  return { status: response.statusCode, ...JSON.parse((await response.toArray()).join('')) }
}

test('a killed agent goes on where it was, without enrolling again', { timeout: 60_000 }, async () => {
  await using control = await testControl()
  await using place = await host(control)
  const first = place.start()
  const link = await control.nextLink()
  link.want(WISH)
  await link.nextReport()
  assert.equal((await startSession(place.state, 20001)).virtual_ip, '10.1.0.20')
  first.child.kill('SIGKILL')
  await first.exited

  const second = place.start()
  const again = await control.nextLink()
  assert.equal(again.hello.applied_generation, 1)
  assert.equal(control.enrolments.length, 1)
  again.want(WISH)
  assert.deepEqual(
    (await again.nextReport()).sessions.map((session) => session.uid),
    [20001],
  )
  assert.equal((await startSession(place.state, 20002)).virtual_ip, '10.1.0.21')
  assert.equal((await startSession(place.state, 20003)).status, 409)
  const looking = world()
  assert.equal(await runAgentCommand(['status', '--state', place.state], looking), 0)
  assert.equal(JSON.parse(looking.printed.join('')).addresses_used, 2)
  second.child.kill('SIGTERM')
  assert.deepEqual(await second.exited, [0, null])
  assert.equal(await again.closed, 1001)
})

test('orders the reboot with the command it was given', { timeout: 60_000 }, async () => {
  await using control = await testControl()
  await using place = await host(control)
  const mark = join(place.directory, 'rebooted')
  place.start(
    '--reboot-command',
    JSON.stringify([process.execPath, '-e', `fs.writeFileSync(${JSON.stringify(mark)},'')`]),
  )
  const link = await control.nextLink()
  link.want({ ...WISH, reboot: { if_boot_id: 'boot-1' } })
  assert.equal((await link.nextReport()).error, null)
  link.want({ ...WISH, generation: 2 })
  assert.equal((await link.nextReport()).generation, 2)
  await stat(mark)
})

test('a truncated journal does not keep it from starting; without its identity it enrols again', {
  timeout: 60_000,
}, async () => {
  await using control = await testControl()
  await using place = await host(control)
  const first = place.start()
  const link = await control.nextLink()
  link.want(WISH)
  await link.nextReport()
  first.child.kill('SIGKILL')
  await first.exited
  for (const name of ['identity.json', 'desired.json']) await truncate(join(place.state, name), 20)
  place.start()
  const again = await control.nextLink()
  assert.equal(again.hello.applied_generation, 0)
  assert.equal(control.enrolments.length, 2)
  assert.equal((await startSession(place.state, 20001)).status, 503)
  assert.equal((await readFile(join(place.state, 'identity.json.damaged'))).length, 20)
})

test('a run that is not enrolled, a wrong token and a wrong command line end with a word', async () => {
  await using control = await testControl()
  await using place = await host(control)
  const bootId = join(place.directory, 'boot-id')
  const cases: [string[], number, RegExp][] = [
    [['run', '--state', place.state, '--driver', 'memory', '--boot-id-file', bootId], 1, /not enrolled/],
    [['run', '--state', place.state, '--boot-id-file', join(place.directory, 'none')], 1, /none/],
    [['enrol', '--state', place.state, '--join', 'nonsense'], 1, /no join token/],
    [['status', '--state', place.state], 1, /agent\.sock/],
    [['dance'], 2, /unknown command dance/],
  ]
  for (const [args, code, said] of cases) {
    const around = world()
    assert.equal(await runAgentCommand(args, around), code)
    assert.match(around.complaints.join(''), said)
  }
})

test('an agent that shall be of another version ends for its supervisor, once for each upgrade', async () => {
  await using control = await testControl()
  await using place = await host(control)
  const upgrade = (id: string, target_version: string) => ({ type: 'upgrade', id, target_version })
  const first = place.start()
  let link = await control.nextLink()
  assert.ok(link.hello.features?.includes('upgrade'))
  link.send(upgrade('u0', AGENT_VERSION))
  link.send(upgrade('u1', '99.0.0'))
  assert.deepEqual(await first.exited, [75, null])

  const second = place.start()
  link = await control.nextLink()
  link.send(upgrade('u1', '99.0.0'))
  link.want(WISH)
  assert.equal((await link.nextReport()).generation, 1, 'it goes on with what is installed')
  assert.equal(second.child.exitCode, null)
  link.send(upgrade('u2', '99.0.0'))
  assert.deepEqual(await second.exited, [75, null])
})
