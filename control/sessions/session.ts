import type { SessionState as Reported } from '../../contract/agent/messages.ts'

/** `yyyy-MM-ddTHH:mm:ssZ`, as the lists of sessions write it. */
export function inSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** `yyyy-MM-dd HH:mm:ss`, as ListSessionByUserName writes it; of what has not ended yet, the year one. */
export function inWords(at: Date | null): string {
  return at === null ? '0001-01-01 00:00:00' : at.toISOString().slice(0, 19).replace('T', ' ')
}

const EPOCH = new Date(0)

/** When a session began, as far as a host can know whose clock may be wrong: nothing begins after it was reported. */
export function startOf({ started_at }: Reported, reportedAt: Date): Date {
  const said = new Date(started_at)
  return said >= EPOCH && said <= reportedAt ? said : reportedAt
}
