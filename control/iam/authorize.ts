import type { Check, Principal } from '#http'
import { AppError } from '#kernel'
import { compileGrants, createContext, decide, renderRefusal, renderUrn, userUrn } from './policy/index.ts'

/** There are no grants yet, so only the account itself may do anything. */
const NOTHING = compileGrants([])
const NO_CONTEXT = createContext({})

/** Throws for the first check that is not allowed; what the others would have said stays unsaid. */
export function requireAllowed(principal: Principal, checks: readonly Check[], region: string): void {
  for (const check of checks) {
    const { action, projectId } = check
    const resource = resourceUrn(region, principal.domainId, check)
    const asked = { action, resource, projectId }
    const decision = decide(NOTHING, { context: NO_CONTEXT, isRootUser: principal.isOwner, checks: [asked] })
    if (decision.decision === 'Allow') continue
    const user = userUrn(principal.domainId, principal.userName)
    throw new AppError('iam.forbidden', { reason: renderRefusal({ principal: user, action, resource }, decision) })
  }
}

/** `service:region:account:type:id`; a check without a resource is about all of its kind. */
export function resourceUrn(region: string, accountId: string, { action, resource }: Check): string {
  const [service = '*', type = '*'] = action.split(':')
  return renderUrn({ service, region, accountId, type: resource?.type ?? type, path: resource?.id ?? '*' })
}
