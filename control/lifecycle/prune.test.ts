import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { pruneAnswers } from '#http'
import { secondsAfter } from '#kernel'
import { pruneExports } from '#sessions'
import { type TestApi, testApi } from '../testing/api.ts'
import { pruneTasks } from './prune.ts'
import { poll } from './test-servers.ts'

const DAY = 86_400
const now = new Date()

async function insertTask({ db, world }: TestApi, server: string, daysAgo: number | null): Promise<void> {
  const at = secondsAfter(now, -(daysAgo ?? 100) * DAY)
  const finished_at = daysAgo === null ? null : at
  await db
    .insertInto('lifecycle.task')
    .values({
      ...{ project_id: world.project.id, server_id: server, kind: 'reboot', request: '{}' },
      ...{ state: finished_at ? 'done' : 'rebooting', step_at: at, created_at: at, finished_at },
    })
    .execute()
}

async function insertAnswer({ db, world }: TestApi, key: string, daysAgo: number): Promise<void> {
  const at = secondsAfter(now, -daysAgo * DAY)
  await sql`INSERT INTO http.first_answer (project_id, caller, user_id, key, request_sha256, begun_at, expires_at)
    VALUES (${world.project.id}, 'c', 'u', ${key}, 'x', ${at}::timestamptz, ${secondsAfter(at, DAY)}::timestamptz)`.execute(
    db,
  )
}

async function insertExport({ db, world }: TestApi, daysAgo: number): Promise<void> {
  await sql`INSERT INTO sessions.export (id, project_id, kind, filter, status, created_at)
    VALUES (${randomBytes(16).toString('hex')}, ${world.project.id}, 'sessions', '{}', 'RUNNING',
            ${secondsAfter(now, -daysAgo * DAY)}::timestamptz)`.execute(db)
}

const count = async ({ db }: TestApi, table: string) => {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM ${sql.table(table)}`.execute(db)
  return rows[0]?.n
}

describe('what is too old', () => {
  it('is deleted in steps, and nothing that is young or under way', async () => {
    await using api = await testApi({ servers: 0 })
    for (const days of [8, 9, 10, 6]) await insertTask(api, 'a', days)
    await insertTask(api, 'a', null)
    for (const days of [2, 3, 0]) await insertAnswer(api, `key-${days}`, days)
    for (const days of [2, 3, 0]) await insertExport(api, days)
    assert.deepEqual([await pruneTasks(api.db, now, 2), await count(api, 'lifecycle.task')], [3, 2])
    assert.deepEqual([await pruneAnswers(api.db, now, 1), await count(api, 'http.first_answer')], [2, 1])
    assert.deepEqual([await pruneExports(api.db, now, 1), await count(api, 'sessions.export')], [2, 1])
  })

  it('goes when workers start, though nobody asks for anything', async () => {
    await using api = await testApi({ servers: 0 })
    await insertTask(api, 'a', 8)
    await insertAnswer(api, 'key', 3)
    await insertExport(api, 3)
    await using _ = await api.startReplica({ workers: true })
    const tables = ['lifecycle.task', 'http.first_answer', 'sessions.export']
    await poll(
      () => Promise.all(tables.map((table) => count(api, table))),
      (counts) => counts.every((left) => left === 0),
    )
  })
})
