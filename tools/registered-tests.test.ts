import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { it } from 'node:test'
import { listRegisteredTests } from './registered-tests.ts'

const ROOT = join(import.meta.dirname, '..')

const FILE = `
import assert from 'node:assert/strict'
import { after, describe, it, test } from 'node:test'

const KINDS = ['one', 'two']
after(() => assert.fail('a string that is no name'))
test('stands alone', () => assert.fail('not run'))
describe('a suite', { concurrency: true }, () => {
  for (const kind of KINDS) it(\`of a table: \${kind}\`, { skip: false }, () => {})
  describe('in a suite', async () => it('is found', () => assert.fail('not run')))
})
`

it('a file registers the names that its run would print, those of tables too, and no other string', () => {
  const folder = mkdtempSync(join(ROOT, 'node_modules', '.berth-registered-'))
  try {
    const file = join(folder, 'planted.test.mjs')
    writeFileSync(file, FILE)
    const path = relative(ROOT, file)
    assert.deepEqual(listRegisteredTests([path]).get(path), [
      'stands alone',
      'a suite > of a table: one',
      'a suite > of a table: two',
      'a suite > in a suite > is found',
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
