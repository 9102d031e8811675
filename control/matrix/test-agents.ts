import type { Rows } from './test-row.ts'

/** Access agents and what they measure. */
export const AGENTS_ROWS: Rows = {}
