import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { silentLog } from '../log.ts'
import { type Exec, ExecError, exec } from './exec.ts'
import { linuxSessionEnd } from './session-end.linux.ts'
import { reasonToSkip, type TestNetwork, testNetwork } from './test-network.ts'
import { testTerminal } from './test-terminal.ts'

const skip = await reasonToSkip()

const IDLE = "setInterval(() => {}, 1000); console.log('runs')"
const STUBBORN = `process.on('SIGTERM', () => console.log('asked')); ${IDLE}`

function session(uid: number, session_id = 's1') {
  const started_at = '2026-05-21T08:00:00.000Z'
  return { session_id, user_name: `user-${uid}`, uid, virtual_ip: '10.231.0.20', started_at }
}

/** The driver in a process that is where the agent would be: in the namespace of the host. */
function driverCode(uid: number, call = 'end(session)'): string {
  const path = join(import.meta.dirname, 'session-end.linux.ts')
  const execPath = join(import.meta.dirname, 'exec.ts')
  return `const { linuxSessionEnd } = await import('${path}'); const { exec } = await import('${execPath}')
    const session = ${JSON.stringify(session(uid))}
    const log = (_level, text, fields) => console.log(text, JSON.stringify(fields))
    await linuxSessionEnd({ exec, log }).${call}`
}

async function processesOf(uid: number): Promise<number> {
  const statuses = (await readdir('/proc'))
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))
  return (await Promise.all(statuses)).filter((text) => text.includes(`Uid:\t${uid}\t`) && !/^State:\s*Z/m.test(text))
    .length
}

describe('ending a session on Linux', { skip, timeout: 60_000 }, () => {
  it('ends all processes of its user, also one that does not listen, and nobody else’s', async () => {
    await using network = await testNetwork()
    const [willing, stubborn, other] = [
      network.startAs(20_101, IDLE),
      network.startAs(20_101, STUBBORN),
      network.startAs(20_102, IDLE),
    ]
    for (const started of [willing, stubborn, other]) assert.equal(await started.nextLine(), 'runs')
    await network.hostExec(process.execPath, ['--input-type=module', '-e', driverCode(20_101)])
    assert.equal(await stubborn.nextLine(), 'asked')
    assert.deepEqual([await processesOf(20_101), await processesOf(20_102)], [0, 1])
  })

  it('leaves processes of the same uid on another host of this kernel alone', async () => {
    await using network = await testNetwork()
    await using neighbour = await testNetwork()
    const [ours, theirs] = [network.startAs(20_103, IDLE), neighbour.startAs(20_103, IDLE)]
    for (const started of [ours, theirs]) assert.equal(await started.nextLine(), 'runs')
    await network.hostExec(process.execPath, ['--input-type=module', '-e', driverCode(20_103)])
    assert.equal(await ours.nextLine(), undefined)
    assert.equal(await processesOf(20_103), 1)
  })

  it('signals nothing that it cannot see the host of, and says what it lacks', async () => {
    await using network = await testNetwork()
    await using neighbour = await testNetwork()
    const theirs = neighbour.startAs(20_104, STUBBORN)
    assert.equal(await theirs.nextLine(), 'runs')
    const program = [process.execPath, '--input-type=module', '-e', driverCode(20_104)]
    await assert.rejects(network.hostExec('setpriv', ['--bounding-set=-sys_ptrace', ...program]), /CAP_SYS_PTRACE/)
    assert.equal(await processesOf(20_104), 1)
  })

  it('never ends root', async () => {
    await assert.rejects(linuxSessionEnd({ exec, log: silentLog }).end(session(0)), /root/)
  })
})

describe('what a user is told', { skip, timeout: 60_000 }, () => {
  const warn = (network: TestNetwork) => {
    const code = driverCode(20_105, "warn(session, 'Save your work.\\nSoon.\\x1b[2J')")
    return network.hostExec(process.execPath, ['--input-type=module', '-e', code])
  }

  it('is on every terminal of the session, also when another one shows nothing', async () => {
    await using network = await testNetwork()
    await using held = await testTerminal(network.hostNamespace, 20_105)
    await using first = await testTerminal(network.hostNamespace, 20_105)
    await using last = await testTerminal(network.hostNamespace, 20_105)
    await held.hold()
    assert.match(await warn(network), /could not be told.*EAGAIN/)
    for (const terminal of [first, last]) {
      await terminal.shows('Soon.[2J\n')
      assert.match(terminal.shown(), /^Save your work\.$/m)
    }
  })

  it('is on no terminal of the same uid on another host of this kernel', async () => {
    await using network = await testNetwork()
    await using neighbour = await testNetwork()
    await using ours = await testTerminal(network.hostNamespace, 20_105)
    await using theirs = await testTerminal(neighbour.hostNamespace, 20_105)
    await warn(network)
    await ours.shows('Soon.')
    // what comes after it shows that nothing came before it
    await warn(neighbour)
    await theirs.shows('Soon.')
    assert.equal(theirs.shown().split('Soon.').length, 2)
  })
})

describe('what logind is asked', () => {
  const asked = async (owner: string | Error): Promise<readonly string[]> => {
    const calls: string[] = []
    const told: Exec = async (file, args) => {
      calls.push([file, ...args].join(' '))
      if (owner instanceof Error) throw owner
      return `${owner}\n`
    }
    const folder = await mkdtemp(join(tmpdir(), 'berth-end-'))
    await linuxSessionEnd({ exec: told, log: silentLog }).end(session(20_199, 'c7'))
    await rm(folder, { recursive: true })
    return calls
  }
  const SHOW = 'loginctl show-session --property=User --value -- c7'

  it('ends a session that it knows as the user’s', { skip: process.platform !== 'linux' }, async () => {
    assert.deepEqual(await asked('20199'), [SHOW, 'loginctl terminate-session -- c7'])
  })

  it('ends none of another user, or that it does not know', { skip: process.platform !== 'linux' }, async () => {
    assert.deepEqual(await asked('20198'), [SHOW])
    assert.deepEqual(await asked(new ExecError('loginctl', [], 1, 'No session c7 known', 'failed')), [SHOW])
  })
})
