import { compileAction, servicesOf } from './action.ts'
import { ALIASES, type Aliases } from './aliases.ts'
import { compileCondition, type Test } from './condition.ts'
import type { Document, Effect, PolicyKind, Statement } from './document.ts'
import { compileResource } from './resource.ts'
import { compileScope, type Scope } from './scope.ts'
import type { Version } from './version.ts'

/** A document in somebody's hands. */
export interface Grant {
  readonly id: string
  /** The display name, by which roles depend on each other. */
  readonly name: string
  readonly kind: PolicyKind
  readonly document: Document
  /** Of roles and policies; the others count wherever their text lets them. Left out: all. */
  readonly scope?: Scope
  /** Of an SCP: the root, the unit or the account it is attached to. */
  readonly level?: string
  /** Of a role: the service it belongs to, by which other roles depend on it. */
  readonly catalog?: string
}

export interface CompiledGrant {
  readonly grant: Grant
  readonly inScope: Test | null
  /** One list for each role this one depends on: the grants that would do. */
  readonly dependencies: readonly (readonly CompiledGrant[])[]
}

export interface CompiledStatement {
  /** Place among all statements of all grants: the first that matches is the one that is named. */
  readonly order: number
  readonly of: CompiledGrant
  readonly index: number
  readonly sid: string | null
  readonly effect: Effect
  readonly version: Version
  readonly speaksOf: (actions: readonly string[]) => boolean
  readonly resource: Test | null
  readonly conditions: readonly Test[]
}

/** The statements that speak of one action, each list in the order of the grants. */
export interface Plan {
  readonly denies: readonly CompiledStatement[]
  /** One list for each level of the organization. */
  readonly levels: readonly (readonly CompiledStatement[])[]
  /** Null without a session policy. */
  readonly session: readonly CompiledStatement[] | null
  readonly allows: readonly CompiledStatement[]
}

/** What somebody is granted, read once. It holds no state but the plans of actions that were asked for. */
export interface CompiledGrants {
  readonly byService: ReadonlyMap<string, readonly CompiledStatement[]>
  readonly ofAnyService: readonly CompiledStatement[]
  readonly levels: readonly string[]
  readonly hasSession: boolean
  readonly aliases: Aliases
  readonly plans: Map<string, Plan>
}

/** Reads all grants of a principal; their order decides only which of several matching statements is named. */
export function compileGrants(grants: readonly Grant[], aliases: Aliases = ALIASES): CompiledGrants {
  const byService = new Map<string, CompiledStatement[]>()
  const ofAnyService: CompiledStatement[] = []
  let order = 0
  for (const of of linkGrants(grants)) {
    const { statements, version } = of.grant.document
    for (const [index, statement] of statements.entries()) {
      const compiled = compileStatement(statement, version, { of, index, order })
      order += 1
      if (compiled === null) continue
      const services = servicesOf(statement.action)
      if (services === null) ofAnyService.push(compiled)
      else for (const service of services) bucketOf(byService, service).push(compiled)
    }
  }
  const scps = grants.filter(({ kind }) => kind === 'scp')
  return {
    ...{ byService, ofAnyService, aliases, plans: new Map() },
    levels: [...new Set(scps.map(({ level }) => level ?? ''))],
    hasSession: grants.some(({ kind }) => kind === 'session'),
  }
}

function bucketOf<Key, Value>(buckets: Map<Key, Value[]>, key: Key): Value[] {
  const bucket = buckets.get(key) ?? []
  buckets.set(key, bucket)
  return bucket
}

function isOfOldModel({ kind }: Grant): boolean {
  return kind === 'role' || kind === 'policy'
}

function linkGrants(grants: readonly Grant[]): readonly CompiledGrant[] {
  const byName = new Map<string, CompiledGrant[]>()
  const linked = grants.map((grant) => {
    const dependencies: (readonly CompiledGrant[])[] = []
    const inScope = isOfOldModel(grant) ? compileScope(grant.scope ?? 'all') : null
    const compiled = { grant, inScope, dependencies }
    if (isOfOldModel(grant)) bucketOf(byName, grant.name).push(compiled)
    return compiled
  })
  for (const { grant, dependencies } of linked) {
    for (const { catalog, displayName } of grant.document.depends) {
      const named = byName.get(displayName) ?? []
      dependencies.push(named.filter((of) => of.grant.catalog === undefined || of.grant.catalog === catalog))
    }
  }
  return linked
}

type Place = Pick<CompiledStatement, 'of' | 'index' | 'order'>

/** Null for an Allow that is not wholly understood: it never matches. */
function compileStatement(statement: Statement, version: Version, place: Place): CompiledStatement | null {
  const { effect, sid, action, resource, conditions, understood } = statement
  if (effect === 'Allow' && !understood) return null
  return {
    ...place,
    ...{ sid, effect, version },
    speaksOf: compileAction(action, version),
    resource: compileResource(resource, version, effect),
    conditions: conditions.map((condition) => compileCondition(condition, effect)),
  }
}
