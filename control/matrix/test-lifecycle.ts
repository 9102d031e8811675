import type { Rows } from './test-row.ts'

/** What is done to servers. */
export const LIFECYCLE_ROWS: Rows = {}
