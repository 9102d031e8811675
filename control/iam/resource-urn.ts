import type { Check } from '#http'
import { OPERATIONS } from '../../contract/operations/index.ts'
import { GLOBAL_SERVICES, renderUrn } from './policy/index.ts'

/** What kind of resource the actions of the contract are about; null where the table of actions has none. */
const TYPES: ReadonlyMap<string, string | null> = new Map(
  OPERATIONS.flatMap(({ permission }) => (permission ? [[permission.action, permission.resource] as const] : [])),
)

/**
 * `service:region:account:type:id`. A check without a resource is about all of its kind; null for an action that has no
 * kind of resource, which is granted with `*` alone (IAM reference, section 3.3). A resource of another account says so.
 */
export function resourceUrn(region: string, callerId: string, { action, resource }: Check): string | null {
  const type = resource?.type ?? TYPES.get(action) ?? null
  const accountId = resource?.accountId ?? callerId
  return type === null ? null : urnOf(region, accountId, action, type, resource?.id ?? '*')
}

/** The same for people: of an action without a kind of resource, its own name stands for one. */
export function describedUrn(region: string, accountId: string, check: Check): string {
  const [, type = '*'] = check.action.split(':')
  return resourceUrn(region, accountId, check) ?? urnOf(region, accountId, check.action, type, '*')
}

/** An agency is a resource of IAM, whichever service it is assumed by. */
const IAM_TYPES: readonly string[] = ['agency']

function urnOf(region: string, accountId: string, action: string, type: string, path: string): string {
  const service = IAM_TYPES.includes(type) ? 'iam' : (action.split(':', 1)[0] ?? '')
  return renderUrn({ service, region: GLOBAL_SERVICES.has(service) ? '' : region, accountId, type, path })
}
