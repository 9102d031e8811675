import type { Decision } from './decide.ts'
import type { PolicyKind } from './document.ts'

/** Who asked for what: the parts of the sentence. */
export interface Refused {
  /** URN of the principal. */
  readonly principal: string
  readonly action: string
  /** URN of the resource. */
  readonly resource: string
}

const TYPES: Readonly<Record<PolicyKind, { readonly allow: string; readonly deny: string }>> = {
  role: { allow: 'identity-based', deny: 'an identity-based' },
  policy: { allow: 'identity-based', deny: 'an identity-based' },
  identity: { allow: 'identity-based', deny: 'an identity-based' },
  session: { allow: 'session', deny: 'the session' },
  scp: { allow: 'service control', deny: 'the service control' },
}

/** The sentence for a caller who may not: IAM reference, section 4.2. It names no policy, only its type. */
export function renderRefusal({ principal, action, resource }: Refused, decision: Decision): string {
  const what = `User: ${principal} is not authorized to perform action ${action} on resource ${resource}`
  if (decision.reason === 'explicitDeny') {
    return `${what} with an explicit deny in ${TYPES[decision.decider?.kind ?? 'identity'].deny} policy.`
  }
  return `${what} because no ${TYPES[decision.missing ?? 'identity'].allow} policy allows the ${action} action.`
}
