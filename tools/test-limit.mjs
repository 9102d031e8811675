// Loaded into each test process. The runner's own limit is for a test: a process that still has something open after
// its last test, or that never gets there, would keep the runner waiting for ever. It says what is open, and ends.
import { after } from 'node:test'

/** From the last test on: what is being closed has the time for it. */
const GRACE_MS = 15_000

function endAfter(ms, what, code) {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(`${process.argv[1]}: ${what} after ${ms / 1000} s; open: ${open}\n`)
    process.exit(code)
  }, ms).unref()
}

const limit = Number(process.env.BERTH_TEST_FILE_MS)
if (limit > 0 && process.env.NODE_TEST_CONTEXT !== undefined) {
  endAfter(limit, 'has not come to its end', 1)
  after(() => endAfter(Math.min(GRACE_MS, limit / 2), 'has tested and does not end', undefined))
}
