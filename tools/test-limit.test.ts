import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

/** What the runner prints, and how it ends, about one file of tests. */
function run(file: string, limitMs: number): Promise<{ readonly code: unknown; readonly text: string }> {
  const limit = pathToFileURL(join(import.meta.dirname, 'test-limit.mjs')).href
  const { NODE_TEST_CONTEXT, ...environment } = process.env
  const options = { env: { ...environment, BERTH_TEST_FILE_MS: String(limitMs) } }
  return new Promise((done) => {
    execFile(process.execPath, ['--import', limit, '--test', file], options, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, text: stdout + stderr }),
    )
  })
}

async function runText(test: string, limitMs: number): ReturnType<typeof run> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-limit-'))
  try {
    const file = join(folder, 'some.test.mjs')
    writeFileSync(
      file,
      `import { createServer } from 'node:http'
       import { test } from 'node:test'
       test('leaves a server open', ${test})`,
    )
    return await run(file, limitMs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a file of tests that leaves something open is named and ended', async () => {
  const { code, text } = await runText('() => void createServer().listen(0)', 4_000)
  assert.match(text, /some\.test\.mjs: has tested and does not end after 2 s; open: .*TCPServerWrap/)
  assert.equal(code, 0)
})

test('a file of tests that does not come to its end is named, ended, and fails', async () => {
  const { code, text } = await runText('() => new Promise(() => createServer().listen(0))', 1_000)
  assert.match(text, /some\.test\.mjs: has not come to its end after 1 s; open: .*TCPServerWrap/)
  assert.equal(code, 1)
})
