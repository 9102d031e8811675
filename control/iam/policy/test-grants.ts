import type { Grant } from './compile.ts'
import { compileGrants } from './compile.ts'
import { type ContextValue, createContext } from './context.ts'
import { type AccessRequest, type Decision, decide } from './decide.ts'
import type { PolicyKind } from './document.ts'
import { readStoredDocument } from './read-document.ts'

export const ACTION = 'workspace:server:batchUpdateTsvi'
export const SERVER = 'workspace:cn-north-4:acct:server:s1'

export function grant(kind: PolicyKind, document: object, more: Partial<Grant> = {}): Grant {
  return { id: 'g', name: 'g', kind, document: readStoredDocument(kind, document), ...more }
}

export function identity(...statements: readonly object[]): Grant {
  return grant('identity', { Version: '5.0', Statement: statements })
}

export function policy(...statements: readonly object[]): Grant {
  return grant('policy', { Version: '1.1', Statement: statements })
}

type Values = Readonly<Record<string, ContextValue>>

/** One check on the server, unless told otherwise. */
export function request(context: Values = {}, check: Partial<AccessRequest['checks'][number]> = {}): AccessRequest {
  const asked = { action: ACTION, resource: SERVER, projectId: 'p1', ...check }
  return { context: createContext(context), isRootUser: false, checks: [asked] }
}

export function decideBy(grants: readonly Grant[], asked: AccessRequest = request()): Decision {
  return decide(compileGrants(grants), asked)
}

/** Whether an Allow of everything with this condition lets the context through, in grammar 5.0 or 1.1. */
export function holds(condition: object, context: Values, version: '5.0' | '1.1' = '5.0'): boolean {
  const statement = { Effect: 'Allow', Action: ['*:*:*'], Condition: condition }
  const granted = version === '5.0' ? identity(statement) : policy(statement)
  return decideBy([granted], request(context)).decision === 'Allow'
}
