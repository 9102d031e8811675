import type { Check, Principal, Resource } from '#http'
import { AppError } from '#kernel'

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly sentence: string }

/**
 * Whether a principal may do what a check asks, in a project that is its account's. The account itself may do
 * everything there; everybody else needs a policy, and as there is none yet, nobody else may do anything.
 */
export function decide(principal: Principal, check: Check, region: string): Decision {
  if (principal.isOwner) return { allowed: true }
  const { action } = check
  const urn = resourceUrn(region, principal.domainId, check)
  const user = `iam::${principal.domainId}:user:${principal.userName}`
  const why = `because no identity-based policy allows the ${action} action.`
  return {
    allowed: false,
    sentence: `User: ${user} is not authorized to perform action ${action} on resource ${urn} ${why}`,
  }
}

/** Throws for the first check that is not allowed; what the others would have said stays unsaid. */
export function requireAllowed(principal: Principal, checks: readonly Check[], region: string): void {
  for (const check of checks) {
    const decision = decide(principal, check, region)
    if (!decision.allowed) throw new AppError('iam.forbidden', { reason: decision.sentence })
  }
}

/** `service:region:account:type:id`; a check without a resource is about all of its kind. */
export function resourceUrn(region: string, domainId: string, { action, resource }: Check): string {
  const [service = '*', type = '*'] = action.split(':')
  return `${service}:${region}:${domainId}:${typeOf(resource) ?? type}:${resource?.id ?? '*'}`
}

function typeOf(resource: Resource | null): string | undefined {
  return resource?.type
}
