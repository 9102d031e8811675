import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel'
import { silentLog } from '#testing'
import { embeddedPorts } from '#vpc'
import { testApi } from '../testing/api.ts'
import { checkTaskDeadlines } from './deadline.service.ts'
import type { LifecycleDeps } from './deps.ts'
import { TASK_TIMING } from './task.ts'
import { send } from './test-servers.ts'

test('a task that cannot be moved holds up the deadline of no other, and is named', async () => {
  await using api = await testApi({ servers: 2, hosts: true })
  const [bad = '', good = ''] = api.world.servers.map(({ id }) => id)
  const answer = await send(api, 'BatchStopServer', { items: [bad, good], type: 'HARD' })
  assert.equal(answer.status, 200, answer.text)
  const { db } = api
  const past = (seconds: number) => new Date(Date.now() - seconds * 1000)
  await db
    .updateTable('lifecycle.task')
    .set({ phase: 'running', deadline_at: past(5) })
    .where('server_id', '=', good)
    .execute()
  const newer = { kind: 'of a newer version', deadline_at: past(50) }
  await db.updateTable('lifecycle.task').set(newer).where('server_id', '=', bad).execute()
  const deps: LifecycleDeps = {
    ...{ db, clock: systemClock, log: silentLog, timing: TASK_TIMING, queue: { enqueue: async () => {} } },
    ...{ ports: embeddedPorts(db), machines: null, createJoinToken: async () => '', probe: null },
    ...{ managedUids: { first: 20_000, last: 29_999 }, quarantineSeconds: 0 },
  }
  const taskOf = (id: string) =>
    db.selectFrom('lifecycle.task').select(['id', 'attempt']).where('server_id', '=', id).executeTakeFirstOrThrow()
  await assert.rejects(checkTaskDeadlines(deps), new RegExp(`1 of 2 failed, first ${(await taskOf(bad)).id}: `))
  assert.deepEqual([(await taskOf(bad)).attempt, (await taskOf(good)).attempt], [1, 2])
})
