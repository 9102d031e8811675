import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const LEFT_OPEN = `
import { createServer } from 'node:http'
import { test } from 'node:test'
test('passes', () => void createServer().listen(0))
`

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

test('a file of tests that leaves something open ends at its limit, is named, and fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-limit-'))
  try {
    const file = join(folder, 'open.test.mjs')
    writeFileSync(file, LEFT_OPEN)
    const { code, text } = await run(file, 1_000)
    assert.equal(code, 1)
    assert.match(text, /open\.test\.mjs: not at its end after 1 s; open: .*TCPServerWrap/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
