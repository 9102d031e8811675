import type { Operation } from '../../operation.ts'

/** Access agents and what they measure, in the order of the reference. */
export const AGENTS_OPERATIONS: readonly Operation[] = []
