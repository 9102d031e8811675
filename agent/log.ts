export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>
/** One event; facts stand in `fields`, never secrets. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void

/** One JSON object a line. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields = {}) => {
    write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...fields })}\n`)
  }
}

/** For embedding where nobody reads the lines of a thousand agents. */
export const silentLog: Log = () => {}

/** What an error says, with what caused it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${reasonOf(error.cause)}`
}
