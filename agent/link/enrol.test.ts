import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryJournal } from '../journal/journal.memory.ts'
import { silentLog } from '../log.ts'
import { EnrolmentError, enrol } from './enrol.ts'
import { publicKeyOf } from './keys.ts'
import { SERVER_ID, testControl } from './test-control.ts'

test('enrols: trusts the certificate the token names, registers a key of its own, keeps both', async () => {
  await using control = await testControl()
  const journal = memoryJournal()
  const identity = await enrol(control.token(), journal, silentLog)
  assert.deepEqual(await journal.loadIdentity(), identity)
  assert.equal(identity.enrolled, true)
  assert.equal(identity.server_id, SERVER_ID)
  assert.equal(control.enrolments[0]?.public_key, publicKeyOf(identity.private_key_pem))
})

test('sends nothing to a control plane whose certificate the token does not name', async () => {
  await using control = await testControl()
  const journal = memoryJournal()
  const token = control.token({ ca_sha256: 'ab'.repeat(32) })
  await assert.rejects(enrol(token, journal, silentLog), /not the one the join token names/)
  assert.equal(control.enrolments.length, 0)
  assert.equal(await journal.loadIdentity(), undefined)
})

test('the secret stands neither in the journal nor in an error', async () => {
  await using control = await testControl()
  control.answerEnrolments(403, { error: 'no' })
  const journal = memoryJournal()
  const secret = 'x'.repeat(43)
  await assert.rejects(enrol(control.token({ secret }), journal, silentLog), (error: Error) => {
    assert.ok(error instanceof EnrolmentError)
    assert.match(error.message, /403/)
    assert.doesNotMatch(error.message, /xxx/)
    return true
  })
  assert.doesNotMatch(JSON.stringify(await journal.loadIdentity()), /xxx/)
})

test('a repeat after a lost answer registers the same key', async () => {
  await using control = await testControl()
  const journal = memoryJournal()
  control.answerEnrolments(503, { error: 'later' })
  await assert.rejects(enrol(control.token(), journal, silentLog), (error) => !(error instanceof EnrolmentError))
  control.answerEnrolments(200, undefined)
  await enrol(control.token(), journal, silentLog)
  assert.equal(control.enrolments[0]?.public_key, control.enrolments[1]?.public_key)
})

test('refuses what is no token, a second enrolment, and a confirmation for another server', async () => {
  await using control = await testControl()
  const journal = memoryJournal()
  for (const text of [
    '',
    'berth-join-1.',
    'berth-join-1.e30',
    control.token().slice(0, -9),
    control.token({ port: 0 }),
  ]) {
    await assert.rejects(enrol(text, journal, silentLog), /no join token/)
  }
  control.answerEnrolments(200, { server_id: 'another' })
  await assert.rejects(enrol(control.token(), journal, silentLog), /another server/)
  control.answerEnrolments(200, undefined)
  await enrol(control.token(), journal, silentLog)
  await assert.rejects(enrol(control.token(), journal, silentLog), /already enrolled/)
})
