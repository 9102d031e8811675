import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { assertDeclared } from '../testing/api.ts'
import { assertNothingStarted, openPlace, send } from './test-requests.ts'

it('a defect is answered 500 with the request id and nothing of the cause, is logged, and starts nothing', async () => {
  const place = await openPlace()
  await using api = place.api
  await sql`ALTER TABLE tsvi.update ADD CONSTRAINT planted CHECK (false)`.execute(api.db)
  const answer = await send(place, {})
  assert.equal(answer.status, 500)
  assertDeclared('BatchUpdateTsvi', answer)
  const requestId = String(answer.headers['x-request-id'])
  assert.deepEqual(answer.body, {
    error_code: 'WKS.00211401',
    error_msg: `The requested operation failed. Please try again later. Quote request ${requestId} to the operator.`,
  })
  const [line] = api.log.lines.filter(({ level }) => level === 'error')
  assert.ok(JSON.stringify(line).includes(requestId), 'the log can be searched for the request id')
  await assertNothingStarted(place)
})
