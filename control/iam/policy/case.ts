import type { Grant } from './compile.ts'
import { type ContextValue, createContext } from './context.ts'
import type { AccessRequest, ActionCheck, Reason } from './decide.ts'
import { POLICY_KINDS, type PolicyKind } from './document.ts'
import { readStoredDocument } from './read-document.ts'
import { isObject, type Members } from './reading.ts'
import type { Scope } from './scope.ts'

/** A question to the policy engine as data, and the answer that is expected: IAM reference, section 6.1. */
export interface PolicyCase {
  readonly id: string
  readonly grants: readonly Grant[]
  readonly request: AccessRequest
  readonly expected: { readonly decision?: 'Allow' | 'Deny'; readonly reason?: Reason }
}

const REASONS: readonly Reason[] = ['allow', 'accountRoot', 'explicitDeny', 'implicitDeny']
const REQUEST_MEMBERS = ['action', 'resource', 'projectId', 'aliases', 'context', 'checks', 'rootUser']
const CHECK_MEMBERS = ['action', 'resource', 'projectId', 'aliases', 'context']
const GRANT_MEMBERS = ['id', 'name', 'kind', 'scope', 'level', 'catalog', 'document']

/** Throws an Error that says what is wrong and where; a mistyped member is refused, as it would change the answer. */
export function parseCase(value: unknown): PolicyCase {
  const line = objectAt(value, 'the line')
  if (typeof line.id !== 'string') throw new Error('id: must be a text.')
  const grants = arrayAt(line.grants, 'grants').map((grant, at) => parseGrant(grant, `grants[${at}]`))
  return { id: line.id, grants, request: parseRequest(line.request), expected: parseExpected(line) }
}

function parseExpected({ expect, reason }: Members): PolicyCase['expected'] {
  const known = REASONS.find((each) => each === reason)
  if (reason !== undefined && known === undefined) throw new Error(`reason: must be one of ${REASONS.join(', ')}.`)
  if (expect !== undefined && expect !== 'Allow' && expect !== 'Deny') throw new Error('expect: must be Allow or Deny.')
  return { ...(expect && { decision: expect }), ...(known && { reason: known }) }
}

function parseGrant(value: unknown, where: string): Grant {
  const grant = objectAt(value, where, GRANT_MEMBERS)
  const kind = POLICY_KINDS.find((each) => each === grant.kind)
  if (kind === undefined) throw new Error(`${where}.kind: must be one of ${POLICY_KINDS.join(', ')}.`)
  const id = textAt(grant.id, `${where}.id`) ?? where
  const level = textAt(grant.level, `${where}.level`)
  const catalog = textAt(grant.catalog, `${where}.catalog`)
  return {
    ...{ id, kind, name: textAt(grant.name, `${where}.name`) ?? id },
    ...{ document: parseGrantDocument(kind, grant.document, where), scope: parseScope(grant.scope, `${where}.scope`) },
    ...(level !== undefined && { level }),
    ...(catalog !== undefined && { catalog }),
  }
}

function parseGrantDocument(kind: PolicyKind, value: unknown, where: string): Grant['document'] {
  try {
    return readStoredDocument(kind, value)
  } catch (error) {
    throw new Error(`${where}.document: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function parseScope(value: unknown, where: string): Scope {
  if (value === undefined || value === null) return 'all'
  if (value === 'all' || value === 'global') return value
  if (isObject(value) && Object.keys(value).length === 1) {
    if (typeof value.project === 'string') return { project: value.project }
    if (typeof value.enterpriseProject === 'string') return { enterpriseProject: value.enterpriseProject }
  }
  throw new Error(`${where}: must be "all", "global", {"project": id} or {"enterpriseProject": id}.`)
}

function parseRequest(value: unknown): AccessRequest {
  const request = objectAt(value, 'request', REQUEST_MEMBERS)
  const given = parseContext(request.context, 'request.context')
  const isRootUser = rootUserOf(request.rootUser, given)
  const implied = request.rootUser === undefined ? {} : { 'g:PrincipalIsRootUser': isRootUser }
  const projectId = textAt(request.projectId, 'request.projectId') ?? null
  const context = createContext({ ...implied, ...given })
  if (request.checks === undefined) {
    const { action, resource, aliases } = request
    const only = { action, resource, ...(aliases !== undefined && { aliases }) }
    return { context, isRootUser, checks: [parseCheck(only, 'request', projectId)] }
  }
  for (const name of ['action', 'resource', 'aliases']) {
    if (request[name] !== undefined) throw new Error(`request.${name}: stands beside checks. Put it into a check.`)
  }
  const checks = arrayAt(request.checks, 'request.checks')
  if (checks.length === 0) throw new Error('request.checks: is empty. Give at least one check.')
  return { context, isRootUser, checks: checks.map((each, at) => parseCheck(each, `request.checks[${at}]`, projectId)) }
}

function rootUserOf(value: unknown, given: Readonly<Record<string, ContextValue>>): boolean {
  if (typeof value === 'boolean') return value
  if (value !== undefined) throw new Error('request.rootUser: must be true or false.')
  return given['g:PrincipalIsRootUser'] === true
}

function parseCheck(value: unknown, where: string, projectId: string | null): ActionCheck {
  const check = objectAt(value, where, CHECK_MEMBERS)
  if (typeof check.action !== 'string') throw new Error(`${where}.action: must be a text.`)
  const aliases = check.aliases === undefined ? undefined : arrayAt(check.aliases, `${where}.aliases`)
  if (!(aliases ?? []).every((alias) => typeof alias === 'string')) throw new Error(`${where}.aliases: must be texts.`)
  return {
    action: check.action,
    resource: textAt(check.resource, `${where}.resource`) ?? null,
    projectId: textAt(check.projectId, `${where}.projectId`) ?? projectId,
    ...(aliases && { aliases: aliases.map(String) }),
    ...(check.context !== undefined && { context: createContext(parseContext(check.context, `${where}.context`)) }),
  }
}

function parseContext(value: unknown, where: string): Readonly<Record<string, ContextValue>> {
  if (value === undefined) return {}
  const context = objectAt(value, where)
  for (const [key, each] of Object.entries(context)) {
    const isList = Array.isArray(each) && each.every(isScalar)
    if (each === null || isList || isScalar(each)) continue
    throw new Error(`${where}.${key}: must be a text, a number, true, false, null or a list of these.`)
  }
  return context as Readonly<Record<string, ContextValue>>
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function objectAt(value: unknown, where: string, known?: readonly string[]): Members {
  if (!isObject(value)) throw new Error(`${where}: must be an object.`)
  const unknown = known && Object.keys(value).find((name) => !known.includes(name))
  if (unknown === undefined) return value
  throw new Error(`${where}.${unknown}: is not known. Use ${known?.join(', ')}.`)
}

function arrayAt(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where}: must be a list.`)
  return value
}

function textAt(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw new Error(`${where}: must be a text.`)
  return value
}
