import type { Operation } from '../../operation.ts'

/** Sessions and connections, in the order of the reference. */
export const SESSIONS_OPERATIONS: readonly Operation[] = []
