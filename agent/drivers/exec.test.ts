import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ExecError, exec } from './exec.ts'

test('returns what a program prints, gives it its input', async () => {
  assert.equal(await exec('cat', [], 'hello'), 'hello')
})

test('says what failed, how, and what the program said', async () => {
  await assert.rejects(exec('sh', ['-c', 'echo "no  such thing" >&2; exit 3']), (error) => {
    assert.ok(error instanceof ExecError)
    assert.equal(error.code, 3)
    assert.match(error.message, /^sh -c .* failed with 3: no such thing$/)
    return true
  })
})

test('a program that is not installed is named', async () => {
  await assert.rejects(exec('berth-no-such-program', []), /berth-no-such-program {2}?cannot be started|is it installed/)
})

test('keeps a program out of reach of a signal to our process group: Ctrl-C must not cut a clean-up short', async () => {
  assert.equal(
    await exec('sh', ['-c', 'test "$(ps -o pgid= -p $$)" -eq $$ && echo "a group of its own"']),
    'a group of its own\n',
  )
})

test('starts no shell and passes little of the environment on', async () => {
  assert.equal(await exec('echo', ['$HOME; id']), '$HOME; id\n')
  assert.doesNotMatch(await exec('env', []), /NODE_|HOME=/)
})
