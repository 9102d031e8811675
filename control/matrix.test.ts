import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Operation } from '../contract/operation.ts'
import { OPERATIONS } from '../contract/operations/index.ts'
import { ACCOUNT_ROWS } from './matrix/test-account.ts'
import { AGENTS_ROWS } from './matrix/test-agents.ts'
import {
  assertAsUnknown,
  assertNamesAction,
  assertStatus,
  assertTellsNothing,
  CALLERS,
  credentialOf,
  expectedStatuses,
  makeAllowed,
  oursIn,
  type Who,
} from './matrix/test-cells.ts'
import { CREDENTIAL_ROWS } from './matrix/test-credential.ts'
import { FLEET_ROWS } from './matrix/test-fleet.ts'
import { GRANTS_ROWS } from './matrix/test-grants.ts'
import { IDENTITY_ROWS } from './matrix/test-identity.ts'
import { JOBS_ROWS } from './matrix/test-jobs.ts'
import { LIFECYCLE_ROWS } from './matrix/test-lifecycle.ts'
import { type Ask, type Caller, type Credential, openPlace, type Place } from './matrix/test-place.ts'
import type { Row, Rows } from './matrix/test-row.ts'
import { SESSIONS_ROWS } from './matrix/test-sessions.ts'
import { VPC_ROWS } from './matrix/test-vpc.ts'
import { assertNoLeak } from './testing/leaks.ts'

const ROWS: Rows = {
  ...FLEET_ROWS,
  ...LIFECYCLE_ROWS,
  ...AGENTS_ROWS,
  ...SESSIONS_ROWS,
  ...JOBS_ROWS,
  ...VPC_ROWS,
  ...CREDENTIAL_ROWS,
  ...GRANTS_ROWS,
  ...IDENTITY_ROWS,
  ...ACCOUNT_ROWS,
}

let place: Place
before(async () => {
  place = await openPlace()
})
after(() => place[Symbol.asyncDispose]())

interface Cell {
  readonly operation: Operation
  readonly row: Row
  readonly who: Who
  readonly credential: Credential
  readonly ask: Ask
}

async function play({ operation, row, who, credential, ask }: Cell): Promise<void> {
  const namesOurs = oursIn(place, ask).length > 0
  const expected = expectedStatuses(operation, row, who, namesOurs)
  const answer = await place.call(operation, ask, credential)
  assertStatus(answer, expected)
  if (who === 'user without permission' && answer.status === 403) assertNamesAction(operation, answer)
  if (who !== 'user of another account') return
  assertTellsNothing(place, ask, answer)
  if (namesOurs) await assertAsUnknown(place, operation, ask, credential, answer)
}

/** Whom a request of this caller is about, where it is about a user: callers that are nobody ask about the owner. */
function selfOf(who: Who): Caller {
  if (who === 'user without permission') return place.plain
  return who === 'user of another account' ? place.stranger : place.owner
}

/** Those who are refused meet one thing, which the allowed user finds unchanged; the owner has one of its own. */
async function playRow(t: TestContext, operation: Operation, row: Row): Promise<void> {
  const isAboutOneself = row.whose !== undefined && row.whose !== 'anybody'
  const shared = await row.ask(place, place.owner)
  for (const who of CALLERS) {
    // without a permission to grant, an allowed user is a user as any other
    if (who === 'allowed user' && isAboutOneself) continue
    await t.test(`as ${who}`, async () => {
      const isFresh = isAboutOneself || who === 'account owner'
      const ask = isFresh ? await row.ask(place, selfOf(who)) : shared
      const credential = who === 'allowed user' ? await allowedFor(operation) : credentialOf(place, who)
      await play({ operation, row, who, credential, ask })
    })
  }
}

async function allowedFor(operation: Operation): Promise<Credential> {
  return { key: (await makeAllowed(place, operation)).key }
}

describe('the matrix', () => {
  it('has a row for every operation of the contract, and for nothing else', () => {
    assert.deepEqual(Object.keys(ROWS).sort(), OPERATIONS.map(({ id }) => id).sort())
  })

  it('says of every operation without a permission whom it is for, and of no other', () => {
    const open = OPERATIONS.filter(({ permission, authentication }) => permission === null && authentication !== 'none')
    const said = Object.keys(ROWS).filter((id) => ROWS[id]?.whose !== undefined)
    assert.deepEqual(said.sort(), open.map(({ id }) => id).sort())
  })

  for (const operation of OPERATIONS) {
    it(operation.id, async (t) => {
      await playRow(t, operation, ROWS[operation.id] ?? assert.fail('it has no row'))
    })
  }
})

/** Rows about the caller itself, with the action by which it may ask about others. */
const OWN = OPERATIONS.flatMap((operation) => {
  const row = ROWS[operation.id]
  if (row?.whose === undefined || row.whose === 'anybody') return []
  return [{ operation, row, othersBy: row.whose === 'oneself' ? undefined : row.whose.othersBy }]
})

describe('what is for oneself', () => {
  for (const { operation, row, othersBy } of OWN) {
    it(`${operation.id} about another user ${othersBy === undefined ? 'is for nobody' : `needs ${othersBy}`}`, async () => {
      const askAs = async (caller: Caller, about: Caller, expected: readonly number[]) => {
        assertStatus(await place.call(operation, await row.ask(place, about), { key: caller.key }), expected)
      }
      const allowed = await makeAllowed(place, operation, othersBy === undefined ? [] : [othersBy])
      const mayOthers = othersBy === undefined ? [403, 404] : [operation.status]
      await askAs(place.plain, place.owner, [403])
      await askAs(place.stranger, place.plain, [403, 404])
      await askAs(allowed, place.plain, mayOthers)
      await askAs(place.owner, place.plain, mayOthers)
    })
  }
})

describe('what was secret in all of this', () => {
  it('is much, and in no row, no line of the log and no answer but the one that tells it', async () => {
    const { secrets, answers } = place.heard
    assert.ok(secrets.size > 200 && answers.length > 1000, `${secrets.size} secrets, ${answers.length} answers`)
    await assertNoLeak(place.api, place.heard)
  })
})
