import type { Log } from '#kernel'

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export interface LogLine {
  readonly level: keyof Log
  readonly fields: object
  readonly message: string
}

/** A log that a test can read, and wait on. */
export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[]
}

export function recordingLog(): RecordingLog {
  const lines: LogLine[] = []
  const at = (level: keyof Log) => (fields: object, message: string) => void lines.push({ level, fields, message })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
