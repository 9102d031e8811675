/** What both drivers put on an error of the database. */
interface DatabaseError {
  readonly code: string
  readonly constraint?: string
  readonly column?: string
}

function asDatabaseError(error: unknown): DatabaseError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return error as Error & DatabaseError
}

/** True when the named constraint (or any, without a name) refused a second row of the same key. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const found = asDatabaseError(error)
  return found?.code === '23505' && (constraint === undefined || found.constraint === constraint)
}

/** True when a row that others refer to was to go, or a row that it refers to is not there any more. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  const found = asDatabaseError(error)
  return found?.code === '23503' && (constraint === undefined || found.constraint === constraint)
}

/** True when the named column was to be left empty and must not be. */
export function isNotNullViolation(error: unknown, column: string): boolean {
  const found = asDatabaseError(error)
  return found?.code === '23502' && found.column === column
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'ENOENT', 'EAI_AGAIN'])
/**
 * Connection exceptions, shutdown, start-up, too many connections, read-only standby, disk full; and too slow: a
 * statement that was cancelled, a lock that was not had, a transaction that was given up.
 */
const UNAVAILABLE_STATES = /^(08...|57P0[1-5]|53...|25006|57014|55P03|25P03)$/
const LOST_CONNECTION =
  /connection terminated|timeout exceeded when trying to connect|timeout expired|query read timeout|client has encountered a connection error|client was closed/i

/** True when the database, not the request, is the trouble: the caller gets 503 and may repeat. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = asDatabaseError(error)?.code
  if (code !== undefined && (UNREACHABLE.has(code) || UNAVAILABLE_STATES.test(code))) return true
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  return LOST_CONNECTION.test(error.message)
}
