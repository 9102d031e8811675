import type { Check } from '#http'
import { OPERATIONS } from '../../contract/operations/index.ts'
import { GLOBAL_SERVICES } from './grants/authorization-schema.ts'
import { renderUrn } from './policy/index.ts'

/** What kind of resource the actions of the contract are about; null where the table of actions has none. */
const TYPES: ReadonlyMap<string, string | null> = new Map(
  OPERATIONS.flatMap(({ permission }) => (permission ? [[permission.action, permission.resource] as const] : [])),
)

/**
 * `service:region:account:type:id`. A check without a resource is about all of its kind; null for an action that has no
 * kind of resource, which is granted with `*` alone (IAM reference, section 3.3).
 */
export function resourceUrn(region: string, accountId: string, { action, resource }: Check): string | null {
  const service = action.split(':', 1)[0] ?? ''
  const type = resource?.type ?? TYPES.get(action) ?? null
  if (type === null) return null
  const where = GLOBAL_SERVICES.has(service) ? '' : region
  return renderUrn({ service, region: where, accountId, type, path: resource?.id ?? '*' })
}
