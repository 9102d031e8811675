// Loaded into each test process: one that still runs after BERTH_TEST_FILE_MS says what keeps it, and ends. The runner's
// own limit is for a test; a process that has something open after its last test would keep the runner waiting forever.
const limit = Number(process.env.BERTH_TEST_FILE_MS)
if (limit > 0 && process.env.NODE_TEST_CONTEXT !== undefined) {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    process.stderr.write(`${process.argv[1]}: not at its end after ${limit / 1000} s; open: ${open}\n`)
    process.exit(1)
  }, limit).unref()
}
