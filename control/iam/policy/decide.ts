import { serviceOf } from './action.ts'
import type { CompiledGrant, CompiledGrants, CompiledStatement, Plan } from './compile.ts'
import type { Context, Question } from './context.ts'
import type { PolicyKind } from './document.ts'
import { splitUrn } from './urn.ts'
import { isClassic } from './version.ts'

/** One action on one resource, with what is known of that resource. */
export interface ActionCheck {
  readonly action: string
  /** Null for an action that has no resource. */
  readonly resource: string | null
  /** Its id, where the path of the URN is a name; null where that is not known. The path of the URN when absent. */
  readonly resourceId?: string | null
  /** Null for an action outside of projects. */
  readonly projectId: string | null
  /** `g:ResourceTag/…`, `g:EnterpriseProjectId` and whatever else is this resource's own. */
  readonly context?: Context
  /** What the principal may do to itself: allowed unless something denies it or leaves it out of a level or session. */
  readonly isOwn?: boolean
  /** Instead of those of the table. */
  readonly aliases?: readonly string[]
}

export interface AccessRequest {
  /** Of the principal, the environment and the request. */
  readonly context: Context
  /** The account itself, which may do everything that nobody denies. */
  readonly isRootUser: boolean
  /** All must be allowed. The first that is not decides. */
  readonly checks: readonly ActionCheck[]
}

export type Reason = 'allow' | 'accountRoot' | 'own' | 'explicitDeny' | 'implicitDeny'

/** The statement that decided. */
export interface Decider {
  readonly grantId: string
  readonly grantName: string
  readonly kind: PolicyKind
  /** Place in its document, from 0. */
  readonly statement: number
  readonly sid: string | null
}

export interface Decision {
  readonly decision: 'Allow' | 'Deny'
  readonly reason: Reason
  /** Null when none did: implicit denies, and the account itself. */
  readonly decider: Decider | null
  /** Place of the refused check; of the first one when all are allowed. */
  readonly check: number
  /** For an implicit deny, the kind of policy that should have allowed. */
  readonly missing: 'scp' | 'session' | 'identity' | null
}

/** IAM reference, section 3.7. A request must ask for something: throws RangeError without checks. */
export function decide(compiled: CompiledGrants, request: AccessRequest): Decision {
  let first: Decision | undefined
  for (const [at, check] of request.checks.entries()) {
    const decision = decideCheck(compiled, request, check, at)
    if (decision.decision === 'Deny') return decision
    first ??= decision
  }
  if (first === undefined) throw new RangeError('a request without checks can be neither allowed nor refused')
  return first
}

function decideCheck(compiled: CompiledGrants, request: AccessRequest, check: ActionCheck, at: number): Decision {
  const plan = planOf(compiled, check.action, check.aliases ?? aliasesOf(compiled, check.action))
  const question = questionOf(request, check)
  const denied = findMatch(plan.denies, question)
  if (denied) return decision('Deny', 'explicitDeny', at, denied)
  for (const level of plan.levels) {
    if (!findMatch(level, question)) return decision('Deny', 'implicitDeny', at, undefined, 'scp')
  }
  if (request.isRootUser) return decision('Allow', 'accountRoot', at)
  if (plan.session && !findMatch(plan.session, question)) {
    return decision('Deny', 'implicitDeny', at, undefined, 'session')
  }
  if (check.isOwn) return decision('Allow', 'own', at)
  const allowed = findMatch(plan.allows, question)
  if (allowed) return decision('Allow', 'allow', at, allowed)
  return decision('Deny', 'implicitDeny', at, undefined, 'identity')
}

function decision(
  decision: Decision['decision'],
  reason: Reason,
  check: number,
  by?: CompiledStatement,
  missing: Decision['missing'] = null,
): Decision {
  return { decision, reason, decider: by ? deciderOf(by) : null, check, missing }
}

function deciderOf({ of: { grant }, index, sid }: CompiledStatement): Decider {
  return { grantId: grant.id, grantName: grant.name, kind: grant.kind, statement: index, sid }
}

function questionOf({ context }: AccessRequest, check: ActionCheck): Question {
  const segments = check.resource === null ? null : splitUrn(check.resource)
  return {
    request: context,
    resource: check.context ?? null,
    service: serviceOf(check.action).toLowerCase(),
    projectId: check.projectId,
    urn: check.resource,
    segments,
    resourceId: check.resourceId === undefined ? (segments?.at(-1) ?? null) : check.resourceId,
  }
}

function findMatch(statements: readonly CompiledStatement[], question: Question): CompiledStatement | undefined {
  for (const statement of statements) if (matches(statement, question)) return statement
  return undefined
}

function matches({ of, effect, resource, conditions }: CompiledStatement, question: Question): boolean {
  if (of.inScope !== null && !of.inScope(question)) return false
  if (resource !== null && !resource(question)) return false
  for (const condition of conditions) if (!condition(question)) return false
  return effect === 'Deny' || dependenciesHold(of, question)
}

/** A role gives nothing where the roles it depends on are not granted as well; what it denies stays denied. */
function dependenciesHold({ dependencies }: CompiledGrant, question: Question): boolean {
  return dependencies.every((grants) => grants.some(({ inScope }) => inScope === null || inScope(question)))
}

const NO_ALIASES: readonly string[] = []

function aliasesOf({ aliases }: CompiledGrants, action: string): readonly string[] {
  return Object.hasOwn(aliases, action) ? (aliases[action] ?? NO_ALIASES) : NO_ALIASES
}

/** More actions than anybody has operations; only a caller that makes names up gets there. */
const MOST_PLANS = 2_000

/** Statements that do not speak of the action are looked at once, those of other services never. */
function planOf(compiled: CompiledGrants, action: string, aliases: readonly string[]): Plan {
  const key = aliases.length === 0 ? action : JSON.stringify([action, ...aliases])
  const known = compiled.plans.get(key)
  if (known) return known
  if (compiled.plans.size >= MOST_PLANS) compiled.plans.clear()
  const plan = makePlan(compiled, action, aliases)
  compiled.plans.set(key, plan)
  return plan
}

function makePlan(compiled: CompiledGrants, action: string, aliases: readonly string[]): Plan {
  const names = [action, ...aliases]
  const services = new Set(names.map((name) => serviceOf(name).toLowerCase()))
  const candidates = new Set(compiled.ofAnyService)
  for (const service of services) for (const found of compiled.byService.get(service) ?? []) candidates.add(found)
  const ownName = [action]
  const speaking = [...candidates]
    .filter(({ speaksOf, version }) => speaksOf(isClassic(version) ? names : ownName))
    .sort((left, right) => left.order - right.order)
  const allows = (wanted: (statement: CompiledStatement) => boolean) =>
    speaking.filter((statement) => statement.effect === 'Allow' && wanted(statement))
  return {
    denies: speaking.filter(({ effect }) => effect === 'Deny'),
    levels: compiled.levels.map((level) =>
      allows(({ of: { grant } }) => grant.kind === 'scp' && (grant.level ?? '') === level),
    ),
    session: compiled.hasSession ? allows(({ of }) => of.grant.kind === 'session') : null,
    allows: allows(({ of }) => of.grant.kind !== 'scp' && of.grant.kind !== 'session'),
  }
}
