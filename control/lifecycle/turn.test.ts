import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listServerTargets } from '#fleet'
import { insertFleet, silentLog, testDatabase } from '#testing'
import { embeddedPorts } from '#vpc'
import { testClock } from '../testing/clock.ts'
import { checkTaskDeadlines } from './deadline.service.ts'
import { HostRefused, type LifecycleDeps, type MachineDriver } from './deps.ts'
import { drive, driveTask, resumeTasks } from './drive.service.ts'
import { startTasks } from './request.service.ts'
import { findTask } from './task.store.ts'
import { TASK_TIMING, type Task } from './task.ts'

const NOW = new Date('2026-05-21T08:00:00Z')
const TIMING = TASK_TIMING

/** A deletion that was asked for, whose work nobody has taken from the queue yet. */
async function asked() {
  await using stack = new AsyncDisposableStack()
  const { db } = stack.use(await testDatabase())
  const { projectId, serverIds } = await insertFleet(db, { servers: 1 })
  const clock = testClock(NOW)
  const queued: string[] = []
  const tried: Date[] = []
  const provider = { answer: (): Promise<void> => Promise.resolve() }
  const machines = {
    remove: () => {
      tried.push(clock.now())
      return provider.answer()
    },
  } as Partial<MachineDriver> as MachineDriver
  const deps: LifecycleDeps = {
    ...{ db, clock, log: silentLog, machines, ports: embeddedPorts(db), timing: TIMING, probe: null },
    queue: { enqueue: async (_trx, _work, payloads) => void queued.push(...payloads.map(({ id }) => id)) },
    createJoinToken: async () => 'none',
    managedUids: { first: 20_000, last: 29_999 },
    quarantineSeconds: 900,
  }
  const targets = await listServerTargets(db, projectId, serverIds)
  await startTasks(deps, {
    ...{ projectId, kind: 'delete', request: {}, targets },
    job: { id: 'job-1', type: 'DELETE_SERVER' },
  })
  const [id = ''] = queued
  const task = async (): Promise<Task> => (await findTask(db, id)) ?? assert.fail()
  const rest = stack.move()
  return { deps, clock, queued, tried, provider, id, task, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

const standing = ({ state, attempt, phase }: Task) => `${state} ${attempt} ${phase}`

describe('the time of a state', () => {
  it('does not pass while its work waits for its turn: that is queued again, and no try was made', async () => {
    await using site = await asked()
    for (let round = 1; round <= 5; round += 1) {
      site.clock.advance(TIMING.queued)
      await Promise.all([checkTaskDeadlines(site.deps), checkTaskDeadlines(site.deps)])
      assert.equal(standing(await site.task()), 'ending_host 1 queued')
      assert.equal(site.queued.length, 1 + round, 'once, whoever looks')
    }
    await driveTask(site.deps, site.id)
    assert.deepEqual([(await site.task()).state, site.tried.length], ['done', 1])
  })

  it('begins with its action, and of two whose turn it is one begins', async () => {
    await using site = await asked()
    const { promise: asking, resolve } = Promise.withResolvers<void>()
    const { promise: unanswered, reject } = Promise.withResolvers<void>()
    site.provider.answer = () => {
      resolve()
      return unanswered
    }
    site.clock.advance(TIMING.queued - 1)
    const seen = await site.task()
    const drives = [drive(site.deps, seen), drive(site.deps, seen)]
    await asking
    assert.equal(standing(await site.task()), 'ending_host 1 running')
    site.clock.advance(TIMING.acting - 1)
    await checkTaskDeadlines(site.deps)
    assert.equal(standing(await site.task()), 'ending_host 1 running')
    site.clock.advance(1)
    await checkTaskDeadlines(site.deps)
    assert.equal(standing(await site.task()), 'ending_host 2 queued')
    reject(new HostRefused('too late', { isMissing: false, cause: undefined }))
    await Promise.all(drives)
    assert.equal(standing(await site.task()), 'ending_host 2 queued', 'it answered a try that was over')
    assert.equal(site.tried.length, 1)
  })

  it('is that of a pause after a refusal, whoever drives meanwhile; the refusal is told at the end', async () => {
    await using site = await asked()
    site.provider.answer = () => Promise.reject(new HostRefused('rack on fire', { isMissing: false, cause: undefined }))
    for (const attempt of [1, 2]) {
      await driveTask(site.deps, site.id)
      await resumeTasks(site.deps)
      await driveTask(site.deps, site.id)
      assert.equal(standing(await site.task()), `ending_host ${attempt} pausing`)
      site.clock.advance(TIMING.pause)
      await checkTaskDeadlines(site.deps)
      assert.equal(standing(await site.task()), `ending_host ${attempt + 1} queued`)
    }
    const { promise: asking, resolve } = Promise.withResolvers<void>()
    site.provider.answer = () => {
      resolve()
      return new Promise(() => {})
    }
    void driveTask(site.deps, site.id)
    await asking
    site.clock.advance(TIMING.acting)
    await checkTaskDeadlines(site.deps)
    const { state, failure } = await site.task()
    assert.deepEqual(
      [state, failure],
      ['failed', { word: 'lifecycle.host_refused', facts: { detail: 'rack on fire' } }],
    )
    assert.equal(site.tried.length, 3)
  })

  it('begins anew after a restart, when its turn comes', async () => {
    await using site = await asked()
    site.provider.answer = () => Promise.reject(new Error('the process ends here'))
    await assert.rejects(driveTask(site.deps, site.id))
    site.clock.advance(10 * TIMING.acting)
    await resumeTasks(site.deps)
    await checkTaskDeadlines(site.deps)
    assert.equal(standing(await site.task()), 'ending_host 1 queued')
    site.provider.answer = () => Promise.resolve()
    await driveTask(site.deps, site.id)
    assert.equal((await site.task()).state, 'done')
  })
})
