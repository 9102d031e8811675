import type { Operation } from '../../operation.ts'

/** Creation, power, reinstallation and deletion of servers, in the order of the reference. */
export const LIFECYCLE_OPERATIONS: readonly Operation[] = []
