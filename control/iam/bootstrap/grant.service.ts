import { deleteGrant, type GrantPlace, type HeldRole, insertGrant, listHeldRoles } from '../grants/grant.store.ts'
import type { Policy } from '../grants/policy.ts'
import { type AccountApplication, refuse } from './application.ts'
import type { GrantEntry } from './document.ts'
import { type GrantPlaces, keyOf, namePlace, requirePlace } from './grant-place.ts'
import type { Holder } from './holding.service.ts'
import type { Place } from './parse.ts'

export interface Grantee extends Omit<Holder, 'policies'> {
  readonly grants: readonly GrantEntry[] | undefined
}

/** Roles and policies of the older model: who is listed with some has exactly those, exactly there. */
export async function applyGrants(
  application: AccountApplication,
  grantees: readonly Grantee[],
  policies: readonly Policy[],
  places: GrantPlaces,
): Promise<void> {
  const { trx, account } = application
  const saying = grantees.filter(({ grants }) => grants !== undefined)
  if (saying.length === 0) return
  const held = await listHeldRoles(trx, account.id)
  for (const grantee of saying) {
    const own = held.filter(({ kind, subjectId }) => kind === grantee.kind && subjectId === grantee.id)
    await applyGrantsOf(application, grantee, own, policies, places)
  }
}

async function applyGrantsOf(
  application: AccountApplication,
  { kind, id: subjectId, name, place, grants = [] }: Grantee,
  held: readonly HeldRole[],
  policies: readonly Policy[],
  places: GrantPlaces,
): Promise<void> {
  const { trx, at, account, changes } = application
  const wanted = new Map<string, Pick<HeldRole, 'roleId' | 'place'>>()
  for (const [index, entry] of grants.entries()) {
    const where = [...place, 'grants', index]
    const role = requireRole(application, entry.policy, [...where, 'policy'], policies)
    const grant = { roleId: role.id, place: requirePlace(application, entry, where, places) }
    wanted.set(keyOf(grant), grant)
  }
  const say = (verb: string, roleId: string, place: GrantPlace) => {
    const policy = policies.find(({ id }) => id === roleId)?.displayName ?? roleId
    changes.push(`${verb} ${kind} ${account.name}/${name}: ${policy}, ${namePlace(place, places)}`)
  }
  const known = new Set(held.map(keyOf))
  for (const [key, { roleId, place }] of wanted) {
    if (known.has(key)) continue
    await insertGrant(trx, { kind, subjectId, place }, { domainId: account.id, roleId }, at)
    say('granted to', roleId, place)
  }
  for (const { roleId, place } of held.filter((one) => !wanted.has(keyOf(one)))) {
    await deleteGrant(trx, { kind, subjectId, place }, roleId)
    say('revoked from', roleId, place)
  }
}

/** Names of the system come first: nobody gets something else by a policy of the account that is called the same. */
function requireRole(application: AccountApplication, name: string, place: Place, policies: readonly Policy[]): Policy {
  const namesakes = policies.filter((one) => one.model !== 'identity' && one.displayName === name)
  const found = namesakes.find(({ domainId }) => domainId === null) ?? namesakes[0]
  if (found) return found
  const isIdentity = policies.some((one) => one.model === 'identity' && one.name === name)
  const hint = isIdentity ? '; the identity policy of this name belongs under policies' : ''
  return refuse(application, place, `neither ${application.account.name} nor the system has a policy ${name}${hint}`)
}
