import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { applyCommand } from './apply.ts'

const FILE = `accounts:
  - name: acme
    owner: { name: root, password: { env: ROOT } }
    users:
      - { name: ops-anna, password: { env: ANNA } }
    groups:
      - name: operators
        users: [ops-anna]
        grants: [{ policy: Workspace FullAccess, all_projects: true }]
`
const SECRETS = { ROOT: 'Root-of-acme-1', ANNA: 'Anna-of-acme-1' }
const MADE = `created account acme
created user acme/root
created user acme/ops-anna
created group acme/operators
added user ops-anna to group acme/operators
granted to group acme/operators: Workspace FullAccess, in all projects
`

describe('berth iam apply', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'berth-apply-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  async function run(text: string | undefined, ...args: readonly string[]) {
    const file = join(folder, 'iam.yaml')
    if (text !== undefined) writeFileSync(file, text)
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
    const given = text === undefined ? [] : ['--file', file, '--data', join(folder, 'data')]
    const code = await applyCommand([...given, ...args], terminal, SECRETS)
    return { code, out, err: err.replaceAll(`${folder}/`, '') }
  }

  it('prints with --dry-run what it would change, then changes it, and then has nothing to change', async () => {
    assert.deepEqual(await run(FILE, '--dry-run'), { code: 0, out: MADE, err: '' })
    assert.deepEqual(await run(FILE), { code: 0, out: MADE, err: '' })
    assert.deepEqual(await run(FILE), { code: 0, out: 'nothing to change\n', err: '' })
  })

  it('takes the region that projects are called after', async () => {
    const text = FILE.replace('    users:', '    projects: [{ name: moon-1 }]\n    users:')
    const refused = await run(text)
    assert.equal(refused.code, 1)
    assert.match(
      refused.err,
      /^berth iam apply: iam\.yaml:4: accounts\.0\.projects\.0\.name: .* which --region says\n$/,
    )
    assert.deepEqual(await run(text, '--region', 'moon-1'), { code: 0, out: 'created project acme/moon-1\n', err: '' })
  })

  it('says a mistake with its line, exits 1 and changes nothing', async () => {
    assert.deepEqual(await run(FILE.replace('[ops-anna]', '[nobody]')), {
      code: 1,
      out: '',
      err: 'berth iam apply: iam.yaml:8: accounts.0.groups.0.users.0: acme has no user nobody\n',
    })
    assert.deepEqual((await run(FILE)).out, 'nothing to change\n')
  })

  it('exits 2 for an option that there is not, and without a file', async () => {
    assert.deepEqual((await run(FILE, '--force')).code, 2)
    const { code, err } = await run(undefined)
    assert.deepEqual({ code, err }, { code: 2, err: 'berth iam apply: --file is missing. Give the file to apply.\n' })
  })

  it('says of a file that is not there that it cannot be read', async () => {
    const { code, err } = await run(undefined, '--file', join(folder, 'nowhere.yaml'))
    assert.deepEqual({ code, err }, { code: 1, err: 'berth iam apply: nowhere.yaml cannot be read (ENOENT)\n' })
  })

  it('has a help', async () => {
    const { code, out } = await run(undefined, '--help')
    assert.equal(code, 0)
    assert.match(out, /--dry-run/)
  })
})
