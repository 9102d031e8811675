import type { Test } from './condition.ts'
import { findEntry } from './context.ts'

/** Where a grant of the role and policy model counts: IAM reference, section 3.7. */
export type Scope = 'all' | 'global' | { readonly project: string } | { readonly enterpriseProject: string }

/** Services without projects: grants for global services reach these only, and their URNs have no region. */
export const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam', 'sts', 'organizations', 'eps', 'tms', 'bss', 'cdn'])

/** Null for a grant that counts everywhere: in all projects, those to come too, and for global services. */
export function compileScope(scope: Scope): Test | null {
  if (scope === 'all') return null
  if (scope === 'global') return ({ service }) => GLOBAL_SERVICES.has(service)
  if ('project' in scope) return ({ projectId }) => projectId === scope.project
  return (question) => {
    const entry = findEntry(question, 'g:enterpriseprojectid')
    return entry?.texts.length === 1 && entry.texts[0] === scope.enterpriseProject
  }
}
