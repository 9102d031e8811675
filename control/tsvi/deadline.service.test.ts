import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { silentLog } from '#testing'
import { checkDeadlines, watchDeadlines } from './deadline.service.ts'
import type { TsviDeps } from './deps.ts'
import { TsviHarness } from './harness.ts'
import { DEFAULT_TIMING } from './update.ts'

/** A log that resolves when a message comes, and counts how often it did. */
function listeningLog(message: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const heard = { times: 0, first: promise }
  const hear = (_fields: object, said: string) => {
    if (said !== message) return
    heard.times += 1
    resolve()
  }
  return { heard, log: { ...silentLog, info: hear, warn: hear } }
}

async function harnessWaiting(): Promise<TsviHarness> {
  const harness = await TsviHarness.start({ servers: 1 })
  await harness.request()
  await harness.work()
  assert.deepEqual(await harness.states(), ['configuring'])
  return harness
}

const SOON_MS = 1

describe('a deadline', () => {
  it('that is to come changes nothing', async () => {
    await using harness = await harnessWaiting()
    harness.clock.advance(DEFAULT_TIMING.configuring - 1)
    await checkDeadlines(harness.deps)
    assert.deepEqual(await harness.states(), ['configuring'])
  })

  it('that has passed moves the update once, whoever looks, and queues what is to be done', async () => {
    await using harness = await harnessWaiting()
    harness.clock.advance(DEFAULT_TIMING.configuring)
    await Promise.all([1, 2, 3].map(() => checkDeadlines(harness.deps)))
    assert.deepEqual(await harness.states(), ['undoing'])
    assert.deepEqual(
      harness.queued.map(({ name }) => name),
      ['tsvi.drive_update'],
    )
  })

  it('is noticed by the watch', async () => {
    await using harness = await harnessWaiting()
    const { heard, log } = listeningLog('an update moved on')
    harness.clock.advance(DEFAULT_TIMING.configuring)
    const watch = watchDeadlines({ ...harness.deps, log }, SOON_MS)
    await heard.first
    await watch.close()
    assert.deepEqual(await harness.states(), ['undoing'])
  })

  it('is noticed when the database is back, and its absence is said once', async () => {
    await using harness = await harnessWaiting()
    const { db } = harness.deps
    const absent = listeningLog('deadlines cannot be checked; trying again')
    const moved = listeningLog('an update moved on')
    let looks = 0
    const { promise: thirdLook, resolve } = Promise.withResolvers<void>()
    const now = () => {
      looks += 1
      if (looks === 3) resolve()
      return harness.clock.now()
    }
    const deps: TsviDeps = {
      ...harness.deps,
      clock: { now },
      log: { ...silentLog, info: moved.log.info, warn: absent.log.warn },
    }
    harness.clock.advance(DEFAULT_TIMING.configuring)
    await sql`ALTER TABLE tsvi.update RENAME TO misplaced`.execute(db)
    const watch = watchDeadlines(deps, SOON_MS)
    await absent.heard.first
    await thirdLook
    await sql`ALTER TABLE tsvi.misplaced RENAME TO update`.execute(db)
    await moved.heard.first
    await watch.close()
    assert.equal(absent.heard.times, 1)
  })
})
