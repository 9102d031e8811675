import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'

const MAIN = join(import.meta.dirname, 'main.ts')

const FILE = `accounts:
  - name: acme
    owner: { name: root, password: { env: ACME_ROOT } }
    groups: [{ name: operators, users: [root] }]
`

describe('berth serve --bootstrap', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'berth-serve-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Starts a control plane that ends as soon as it serves. */
  async function serve(text: string) {
    const file = join(folder, 'iam.yaml')
    writeFileSync(file, text)
    const options = ['--port', '0', '--agent-port', '0', '--data', join(folder, 'data'), '--no-workers']
    const args = [MAIN, ...options, '--bootstrap', file, '--until-stdin-closes']
    const env = { ...process.env, ACME_ROOT: 'Root-of-acme-1' }
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end()
    const [[code], out, err] = await Promise.all([once(child, 'exit'), readText(child.stdout), readText(child.stderr)])
    return { code, out, err: err.replaceAll(`${folder}/`, '') }
  }

  it('is applied before the control plane says that it is ready', async () => {
    const { code, out, err } = await serve(FILE)
    assert.deepEqual([code, JSON.parse(out).ready], [0, true], err)
    const applied = err.indexOf('added user root to group acme/operators')
    assert.ok(applied > 0 && applied < err.indexOf('the control plane serves'), err)
    assert.doesNotMatch(err, /Root-of-acme-1/)
  })

  it('is applied at every start, and then there is nothing to say', async () => {
    const { code, err } = await serve(FILE)
    assert.equal(code, 0)
    assert.doesNotMatch(err, /bootstrap/)
  })

  it('ends the start with a sentence when something in it is not there', async () => {
    const { code, out, err } = await serve(FILE.replace('[root]', '[nobody]'))
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^berth serve: iam\.yaml:4: accounts\.0\.groups\.0\.users\.0: acme has no user nobody$/m)
  })

  it('ends the start with a sentence when it cannot be understood', async () => {
    const { code, out, err } = await serve(FILE.replace('owner:', 'ovner:'))
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^berth serve: iam\.yaml:2: accounts\.0 has the unknown field ovner$/m)
  })
})
