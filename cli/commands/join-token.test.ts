import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseArgs } from 'node:util'
import { parseJoinToken } from '../../contract/agent/enrolment.ts'
import { startControl } from '../../control/compose.ts'
import { parseConfig, SERVE_OPTIONS } from '../../control/config.ts'
import { openDatabase } from '../../control/db/index.ts'
import { insertFleet, silentLog } from '../../control/testing/index.ts'
import { joinToken } from './join-token.ts'

describe('berth join-token', () => {
  let folder: string
  let data: string
  let serverId: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berth-join-'))
    data = join(folder, 'data')
    const { values } = parseArgs({
      args: ['--data', data, '--port', '0', '--agent-port', '0', '--no-workers'],
      options: SERVE_OPTIONS,
    })
    const config = parseConfig(values, {})
    const control = await startControl(config, silentLog)
    await control.close()
    const database = await openDatabase(config.database, silentLog)
    serverId = String((await insertFleet(database.db)).serverIds[0])
    await database.close()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function run(...args: readonly string[]) {
    let out = ''
    let err = ''
    const terminal = {
      input: (async function* () {})(),
      print: (text: string) => {
        out += text
      },
      complain: (text: string) => {
        err += text
      },
    }
    return { code: await joinToken(args, terminal, {}), out, err }
  }

  it('prints one line that names the control plane and the server, another each time', async () => {
    const where = ['--agent-public-host', 'berth.example.com', '--agent-port', '9001']
    const { code, out, err } = await run(serverId, '--data', data, ...where)
    assert.deepEqual([code, err, out.split('\n').length], [0, '', 2])
    const token = parseJoinToken(out.trim()) as Record<string, unknown>
    const { host, port, server_id, ca_sha256 } = token
    assert.deepEqual([host, port, server_id], ['berth.example.com', 9001, serverId])
    assert.match(String(ca_sha256), /^[0-9a-f]{64}$/)
    assert.notEqual((await run(serverId, '--data', data, ...where)).out, out)
  })

  it('says so when there is no such server', async () => {
    const { code, out, err } = await run('nowhere', '--data', data, '--agent-public-host', 'berth.example.com')
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /no server nowhere/)
  })

  it('asks where the host reaches the control plane: of that it knows nothing', async () => {
    for (const none of [[], ['--agent-public-host', '']]) {
      const { code, out, err } = await run(serverId, '--data', data, ...none)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /give with --agent-public-host where the host reaches the control plane/)
    }
  })

  const AT = ['--agent-public-host', 'berth.example.com']
  for (const args of [[], ['one', 'two'], ['one', ...AT, '--agent-port', '0'], ['one', ...AT, '--colour']]) {
    it(`refuses '${args.join(' ')}'`, async () => {
      const { code, out, err } = await run(...args)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, /^berth join-token: /)
    })
  }

  it('tells its options', async () => {
    const { code, out } = await run('--help')
    assert.equal(code, 0)
    assert.match(out, /^berth join-token SERVER_ID/)
  })
})
