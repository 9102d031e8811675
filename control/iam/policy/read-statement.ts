import type { Effect, Names, Statement } from './document.ts'
import { readConditions } from './read-condition.ts'
import { readAction, readResource } from './read-names.ts'
import { fail, insist, isObject, type Members, type Reading, refuse, refuseUnknown } from './reading.ts'

const CLASSIC_MEMBERS = ['Effect', 'Action', 'NotAction', 'Resource', 'Condition']
const IDENTITY_MEMBERS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']
const SCP_MEMBERS = IDENTITY_MEMBERS.filter((name) => name !== 'NotResource')
const MOST_SID_CHARACTERS = 128

function membersOf({ kind, grammar }: Reading): readonly string[] {
  if (grammar.isClassic) return CLASSIC_MEMBERS
  return kind === 'scp' ? SCP_MEMBERS : IDENTITY_MEMBERS
}

export function readStatement(reading: Reading, value: unknown, where: string): Statement {
  if (!isObject(value)) fail(reading, 'statement', where, 'must be an object with Effect and Action.')
  reading.understood = true
  refusePrincipal(reading, value, where)
  refuseUnknown(reading, value, membersOf(reading), where)
  const effect = readEffect(reading, value.Effect, `${where}.Effect`)
  const sid = readSid(reading, value.Sid, `${where}.Sid`)
  const action = readActions(reading, value, where)
  const resource = readResources(reading, value, where, effect)
  const given = 'Condition' in value
  const conditions = given ? readConditions(reading, value.Condition, `${where}.Condition`, effect) : []
  if (reading.kind === 'scp') insistScp(reading, value, where, effect)
  return { effect, sid, action, resource, conditions, understood: reading.understood }
}

function refusePrincipal(reading: Reading, value: Members, where: string): void {
  for (const name of ['Principal', 'NotPrincipal']) {
    if (!(name in value)) continue
    const detail = 'belongs into trust policies. Leave it out: the policy is for whom it is attached to.'
    refuse(reading, 'unknown', `${where}.${name}`, detail)
  }
}

function readEffect(reading: Reading, value: unknown, where: string): Effect {
  const folded = String(value).toLowerCase()
  if (typeof value !== 'string' || (folded !== 'allow' && folded !== 'deny')) {
    fail(reading, 'effect', where, 'must be Allow or Deny.')
  }
  return folded === 'allow' ? 'Allow' : 'Deny'
}

function readSid(reading: Reading, value: unknown, where: string): string | null {
  if (value === undefined) return null
  const fits = typeof value === 'string' && value.length <= MOST_SID_CHARACTERS
  insist(fits, reading, 'value', where, `must be a text of up to ${MOST_SID_CHARACTERS} characters.`)
  return String(value)
}

function readActions(reading: Reading, value: Members, where: string): Names {
  const listed = value.Action !== undefined
  const inverted = value.NotAction !== undefined
  if (listed && inverted) fail(reading, 'actionTwice', where, 'has both Action and NotAction. Keep one of them.')
  if (!listed && !inverted) fail(reading, 'actionMissing', where, 'has neither Action nor NotAction. Add one of them.')
  const name = inverted ? 'NotAction' : 'Action'
  return readAction(reading, value[name], `${where}.${name}`, inverted)
}

function readResources(reading: Reading, value: Members, where: string, effect: Effect): Names | null {
  const denies = effect === 'Deny'
  // 1.x has no NotResource: there it is one of the members that are not understood
  const inverted = value.NotResource !== undefined && !reading.grammar.isClassic
  if (value.Resource !== undefined && inverted) {
    fail(reading, 'unknown', where, 'has both Resource and NotResource. Keep one of them.')
  }
  if (inverted) return readResource(reading, value.NotResource, `${where}.NotResource`, { inverted, denies })
  if (value.Resource === undefined) return null
  return readResource(reading, value.Resource, `${where}.Resource`, { inverted, denies })
}

/** What the dialect of service control policies does not have: IAM reference, section 3.3. */
function insistScp(reading: Reading, value: Members, where: string, effect: Effect): void {
  if (effect === 'Deny') return
  const { Resource: resource } = value
  const all = resource === undefined || resource === '*' || (Array.isArray(resource) && String(resource) === '*')
  insist(all, reading, 'resources', `${where}.Resource`, 'must be * in an Allow of an SCP.')
  const bare = value.Condition === undefined
  insist(bare, reading, 'unknown', `${where}.Condition`, 'cannot be in an Allow of an SCP. Use a Deny.')
  const named = value.NotAction === undefined
  insist(named, reading, 'unknown', `${where}.NotAction`, 'cannot be in an Allow of an SCP. Use Action.')
}
