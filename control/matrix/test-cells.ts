import assert from 'node:assert/strict'
import type { Operation } from '../../contract/operation.ts'
import { refusalOf } from '../iam/identity/test-calls.ts'
import type { Answer } from '../testing/api.ts'
import { type Ask, type Caller, type Credential, makeCaller, type Place } from './test-place.ts'
import type { Row } from './test-row.ts'

/** Who calls: every operation is called by each of them. */
export const CALLERS = [
  'no credentials',
  'expired token',
  'disabled user',
  'user without permission',
  'user of another account',
  'allowed user',
  'account owner',
] as const
export type Who = (typeof CALLERS)[number]

/** The statuses that may come; which callers succeed is decided by the contract, not by the row. */
export function expectedStatuses(operation: Operation, row: Row, who: Who, namesOurs: boolean): readonly number[] {
  const { authentication, permission, status } = operation
  if (authentication === 'none') return [status]
  switch (who) {
    case 'no credentials':
      return [authentication === 'optional' ? status : 401]
    case 'expired token':
    case 'disabled user':
      return [401]
    case 'user without permission':
      return [permission === null ? status : 403]
    case 'user of another account':
      if (row.elsewhere !== undefined) return [row.elsewhere]
      return namesOurs ? [403, 404] : [status]
    case 'allowed user':
    case 'account owner':
      return [row.answer ?? status]
  }
}

export function credentialOf(place: Place, who: Exclude<Who, 'allowed user'>): Credential {
  switch (who) {
    case 'no credentials':
      return null
    case 'expired token':
      return { token: place.expiredToken }
    case 'disabled user':
      return { key: place.disabled.key }
    case 'user without permission':
      return { key: place.plain.key }
    case 'user of another account':
      return { key: place.stranger.key }
    case 'account owner':
      return { key: place.owner.key }
  }
}

/** A user with the permission of the operation and what it depends on, or with this action, and nothing else. */
export function makeAllowed(place: Place, { permission }: Operation, further: readonly string[] = []): Promise<Caller> {
  const actions = permission === null ? [] : [permission.action, ...permission.dependencies]
  return makeCaller(place, [...actions, ...further])
}

/** Those of our ids and names that the request has in it. */
export function oursIn(place: Place, { params, query, headers, body }: Ask): readonly string[] {
  const text = JSON.stringify({ params, query, headers, body })
  return [...place.ours].filter((word) => text.includes(word))
}

export function assertStatus(answer: Answer, expected: readonly number[]): void {
  assert.ok(expected.includes(answer.status), `${answer.status} instead of ${expected.join(' or ')}: ${answer.text}`)
}

/** A refusal for want of permission says which action was asked for. */
export function assertNamesAction({ method, permission }: Operation, { text }: Answer): void {
  if (method !== 'HEAD' && permission) assert.ok(text.includes(permission.action), text)
}

/** The answer has no word of ours but what the caller itself has said. */
export function assertTellsNothing(place: Place, ask: Ask, { text }: Answer): void {
  const said = new Set(oursIn(place, ask))
  const told = [...place.ours].filter((word) => !said.has(word) && text.includes(word))
  assert.deepEqual(told, [], text)
}

/** What is ours is for another account the same as what is not there. */
export async function assertAsUnknown(
  place: Place,
  operation: Operation,
  ask: Ask,
  credential: Credential,
  answer: Answer,
): Promise<void> {
  const invented = new Map(oursIn(place, ask).map((word) => [word, otherWord(word)]))
  const rename = (text: string) => [...invented].reduce((left, [word, other]) => left.replaceAll(word, other), text)
  const { params, query, headers, body } = ask
  const unknown = JSON.parse(rename(JSON.stringify({ params, query, headers, body }))) as Ask
  const second = await place.call(operation, unknown, credential)
  assert.equal(second.status, answer.status, `${second.text} of what is not there, ${answer.text} of what is ours`)
  if (operation.method === 'HEAD') return
  if (answer.status === operation.status) return assert.deepEqual(JSON.parse(rename(answer.text)), second.body)
  const [{ code, message }, other] = [refusalOf(answer), refusalOf(second)]
  assert.deepEqual({ code, message: rename(message) }, other)
}

/** Another id of the same form. */
function otherWord(word: string): string {
  const pick = (letters: string) => letters[Math.floor(Math.random() * letters.length)] ?? ''
  return word
    .replace(/[0-9]/g, () => pick('0123456789'))
    .replace(/[a-z]/g, () => pick('abcdef'))
    .replace(/[A-Z]/g, () => pick('ABCDEF'))
}
