import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { AppError, systemClock } from '#kernel'
import { type TestApi, testApi } from '../../testing/api.ts'
import { newId } from './new-id.ts'
import { createUser } from './user.service.ts'

let api: TestApi
before(async () => {
  api = await testApi()
})
after(() => api[Symbol.asyncDispose]())

it('makes no user in an account that an identity service outside keeps', async () => {
  const id = newId()
  const row = { id, name: `outside-${id}`, outside: true, created_at: new Date() }
  await api.db.insertInto('iam.domain').values(row).execute()
  const made = createUser({ db: api.db, clock: systemClock }, id, { name: 'mallory' })
  await assert.rejects(made, (error) => error instanceof AppError && error.word === 'iam.conflict')
  assert.deepEqual(await api.db.selectFrom('iam.user').select('id').where('domain_id', '=', id).execute(), [])
})
