import pino from 'pino'
import type { Log } from '#kernel'

/** Fields that must never be printed, wherever they stand in a log line. */
const SECRETS = ['password', 'secret', 'secretKey', 'token', 'authorization', 'privateKey', 'keyPem', 'join_token']

/** JSON lines on stderr: stdout belongs to whoever started us. */
export function createLog(level: string): Log {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`])
  return pino({ level, redact: paths, base: null }, pino.destination({ fd: 2, sync: true }))
}
