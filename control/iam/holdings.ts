import { createHash } from 'node:crypto'
import { parse } from 'secure-json-parse'
import type { Db, Tag } from '#db'
import type { Principal } from '#http'
import { findPrincipalTags, listGrants } from './grants/grant.view.ts'
import type { IdentityCache } from './identity-cache.ts'
import { type CompiledGrants, compileGrants, type Grant, PolicyError, readStoredDocument } from './policy/index.ts'

/** What is in force for a principal, read once and kept until anything changes. */
export interface Holdings {
  readonly grants: readonly Grant[]
  readonly compiled: CompiledGrants
  readonly tags: readonly Tag[]
}

const EVERYTHING = { Version: '5.0', Statement: [{ Effect: 'Allow', Action: ['*'] }] }

/** The account itself needs no grants; a session policy narrows it as it narrows anybody. */
const OWNER: Holdings = { grants: [], compiled: compileGrants([]), tags: [] }
const OWNER_IN_SESSION: Grant = {
  ...{ id: 'account', name: 'account', kind: 'identity' },
  document: readStoredDocument('identity', EVERYTHING),
}

export interface HoldingsDeps {
  readonly db: Db
  readonly cache: IdentityCache
}

/** Looks up what principals hold; warm, it costs no query and compiles nothing. */
export function createHoldings({ db, cache }: HoldingsDeps): (principal: Principal) => Promise<Holdings> {
  const remember = cache.remember<Holdings>('grants')

  const ofPrincipal = async (principal: Principal): Promise<Holdings> => {
    if (principal.isOwner) return OWNER
    return found(await remember(keyOf(principal), () => loadHoldings(db, principal)))
  }

  return async (principal) => {
    const { sessionPolicy } = principal
    if (sessionPolicy === null) return ofPrincipal(principal)
    const digest = createHash('sha256').update(sessionPolicy).digest('base64')
    const load = async () => narrowed(principal, await ofPrincipal(principal), sessionPolicy)
    return found(await remember(`${keyOf(principal)} in session ${digest}`, load))
  }
}

/** Loading always finds something, be it nothing. */
function found(holdings: Holdings | undefined): Holdings {
  if (!holdings) throw new Error('a principal without holdings')
  return holdings
}

/** Roles of an identity service outside are the credential's, not the user's. */
function keyOf({ kind, userId, projectId, outsideRoles }: Principal): string {
  return kind === 'external' ? JSON.stringify([kind, projectId, [...outsideRoles].sort()]) : `${kind} ${userId}`
}

async function loadHoldings(db: Db, principal: Principal): Promise<Holdings> {
  const [grants, tags] = await Promise.all([listGrants(db, principal), findPrincipalTags(db, principal)])
  return { grants, compiled: compileGrants(grants), tags }
}

function narrowed({ isOwner }: Principal, { grants, tags }: Holdings, sessionPolicy: string): Holdings {
  const own = isOwner ? [OWNER_IN_SESSION] : grants
  const all = [...own, sessionGrant(sessionPolicy)]
  return { grants: all, compiled: compileGrants(all), tags }
}

/** A session policy that cannot be read allows nothing. */
function sessionGrant(text: string): Grant {
  const session = { id: 'session', name: 'session policy', kind: 'session' } as const
  try {
    return { ...session, document: readStoredDocument('session', parse(text)) }
  } catch (error) {
    if (!(error instanceof PolicyError || error instanceof SyntaxError)) throw error
    return { ...session, document: { version: '5.0', statements: [], depends: [] } }
  }
}
