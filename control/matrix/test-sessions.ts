import type { Rows } from './test-row.ts'

/** Sessions and connections. */
export const SESSIONS_ROWS: Rows = {}
