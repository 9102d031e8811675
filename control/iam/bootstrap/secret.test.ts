import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createSecretReader } from './secret.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(text: string, mode = 0o600): void {
  const path = join(folder, 'anna.secret')
  writeFileSync(path, text)
  chmodSync(path, mode)
}

const read = (reference: { env: string } | { file: string }, environment = {}) =>
  createSecretReader(join(folder, 'iam.yaml'), environment)(reference, 'iam.yaml:7: the password')

describe('a secret', () => {
  it('comes from the environment', () => assert.equal(read({ env: 'ANNA' }, { ANNA: 'x y' }), 'x y'))

  it('comes from a file beside the one that names it, without the end of its line', () => {
    write(' x y \n')
    assert.equal(read({ file: './anna.secret' }), ' x y ')
  })

  it('that others can read is refused', () => {
    write('hunter2', 0o644)
    assert.throws(
      () => read({ file: 'anna.secret' }),
      /^Error: iam\.yaml:7: the password: .*anna\.secret can be read by/,
    )
  })

  it('that is missing, empty or endless is refused', () => {
    assert.throws(() => read({ file: 'nobody' }), /iam\.yaml:7: the password: .*nobody cannot be read/)
    assert.throws(() => read({ env: 'NOBODY' }), /iam\.yaml:7: the password: the environment variable NOBODY is empty/)
    write('\n')
    assert.throws(() => read({ file: 'anna.secret' }), /anna\.secret is empty/)
    assert.throws(() => read({ env: 'ANNA' }, { ANNA: 'x'.repeat(4097) }), /ANNA is longer than 4096 characters/)
  })
})
