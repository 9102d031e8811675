import type { RoutePolicy } from '#db'
import { findProduct } from './product.ts'

export interface SessionLimits {
  readonly product_id: string
  readonly extra_session_size: number
  readonly route_policy: RoutePolicy
}

/** More addresses than this a server cannot be told. */
const MOST_SESSIONS = 1024

/** How many paid sessions a server may have beside those of its package: 10 for each vCPU in all (contract 4.1). */
export function maxExtraSessions(productId: string): number {
  const product = findProduct(productId)
  return product ? Math.max(0, Math.min(10 * product.cpu, MOST_SESSIONS) - product.sessions) : 0
}

/**
 * How many sessions a server of the group can have, and so how many addresses it is given (contract 4.2):
 * the route policy's number where it is set, else the package's sessions and the paid extra ones.
 */
export function maxSessions(group: SessionLimits): number {
  const limit = group.route_policy.max_session ?? 0
  if (limit > 0) return limit
  return (findProduct(group.product_id)?.sessions ?? 1) + group.extra_session_size
}
