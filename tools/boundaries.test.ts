import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
const FILES = ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']

const sandbox = mkdtempSync(join(tmpdir(), 'berth-boundaries-'))
for (const file of FILES) cpSync(join(ROOT, file), join(sandbox, file))
symlinkSync(join(ROOT, 'node_modules'), join(sandbox, 'node_modules'))
after(() => rmSync(sandbox, { recursive: true, force: true }))

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly rule: { readonly name: string } }[]
    readonly totalCruised: number
  }
}

/** Plants files in an empty copy of the tree and returns the names of the rules that caught them. */
async function caught(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(sandbox, file)), { recursive: true })
    writeFileSync(join(sandbox, file), text)
  }
  const args = [CRUISER, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...Object.keys(files)]
  const run = promisify(execFile)(process.execPath, args, { cwd: sandbox, maxBuffer: 64 * 1024 * 1024 })
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  for (const file of Object.keys(files)) rmSync(join(sandbox, file))
  const { summary } = JSON.parse(stdout) as Report
  assert.ok(summary.totalCruised >= Object.keys(files).length, 'the linter read no file: it proves nothing')
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort()
}

const nothing = 'export {}\n'

describe('the import directions', () => {
  it('let a module import to its left, through its door', async () => {
    const files = { 'control/db/index.ts': nothing, 'control/tsvi/a.ts': "import '#db'\n" }
    assert.deepEqual(await caught(files), [])
  })

  it('refuse an import to the right', async () => {
    const files = { 'control/tsvi/index.ts': nothing, 'control/kernel/planted.ts': "import '../tsvi/index.ts'\n" }
    assert.deepEqual(await caught(files), ['kernel-imports-leftwards'])
  })

  it('refuse an inner file of another module', async () => {
    const files = { 'control/db/open.ts': nothing, 'control/jobs/planted.ts': "import '../db/open.ts'\n" }
    assert.deepEqual(await caught(files), ['db-through-index'])
  })

  it('refuse a circle, even of types', async () => {
    const files = {
      'control/jobs/a.ts': "import type { B } from './b.ts'\nexport type A = B\n",
      'control/jobs/b.ts': "import type { A } from './a.ts'\nexport type B = A | 1\n",
    }
    assert.deepEqual(await caught(files), ['no-circles'])
  })

  it('keep programs apart', async () => {
    const files = { 'control/index.ts': nothing, 'agent/planted.ts': "import '../control/index.ts'\n" }
    assert.deepEqual(await caught(files), ['agent-stays-apart'])
  })

  it('keep packages out of the contract and the agent', async () => {
    assert.deepEqual(await caught({ 'contract/planted.ts': "import 'fastify'\n" }), [
      'contract-needs-its-schema-library-only',
    ])
    assert.deepEqual(await caught({ 'agent/planted.ts': "import 'fastify'\n" }), ['agent-has-a-short-list-of-packages'])
  })

  it('keep test code and its packages out of programs', async () => {
    const files = { 'control/tsvi/harness.ts': nothing, 'control/tsvi/planted.ts': "import './harness.ts'\n" }
    assert.deepEqual(await caught(files), ['no-test-code-in-programs'])
    assert.deepEqual(await caught({ 'cli/planted.ts': "import 'autocannon'\n" }), ['no-dev-packages-in-programs'])
  })

  it('keep the world out of the policy engine', async () => {
    const rule = ['policies-know-no-world']
    assert.deepEqual(await caught({ 'control/iam/policy/planted.ts': "import 'node:crypto'\n" }), rule)
    const files = { 'control/db/index.ts': nothing, 'control/iam/policy/planted.ts': "import '#db'\n" }
    assert.deepEqual(await caught(files), rule)
    assert.deepEqual(await caught({ 'control/iam/policy/planted.ts': "import 'ipaddr.js'\n" }), [])
  })

  it('notice an import that leads nowhere', async () => {
    assert.deepEqual(await caught({ 'cli/planted.ts': "import './missing.ts'\n" }), ['resolvable'])
  })
})
