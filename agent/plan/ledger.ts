import type { SessionState } from '../../contract/agent/messages.ts'
import type { SessionRequest } from '../../contract/agent/session-socket.ts'
import type { Release } from './addresses.ts'

/**
 * A session and its address:
 *
 *   (none) ── open ──▶ active ── end ──▶ ending ── confirmed by the system ──▶ (none), address in `releases`
 *
 * While it is ending, the address still counts as used: the network may still carry packets with it.
 */
export type Assignment = SessionState & { readonly ending: boolean }

/** Which session has which address on this host. Changed only by the functions here, each returns a new ledger. */
export type Ledger = {
  readonly assignments: readonly Assignment[]
  /** Newest release of each address and who had it, so that users meet their address again. */
  readonly releases: readonly Release[]
}

export const EMPTY_LEDGER: Ledger = { assignments: [], releases: [] }

export function findAssignment(ledger: Ledger, sessionId: string): Assignment | undefined {
  return ledger.assignments.find((assignment) => assignment.session_id === sessionId)
}

export function openAssignment(ledger: Ledger, request: SessionRequest, address: string, at: string): Ledger {
  const { session_id, user_name, uid, client_ip } = request
  const client = client_ip === undefined ? {} : { client_ip }
  const assignment = { session_id, user_name, uid, ...client, virtual_ip: address, started_at: at, ending: false }
  return { ...ledger, assignments: [...ledger.assignments, assignment] }
}

export function endAssignments(ledger: Ledger, isOver: (assignment: Assignment) => boolean): Ledger {
  if (!ledger.assignments.some((assignment) => !assignment.ending && isOver(assignment))) return ledger
  const assignments = ledger.assignments.map((each) => (isOver(each) ? { ...each, ending: true } : each))
  return { ...ledger, assignments }
}

/** Forgets the named sessions: the system no longer carries their addresses. */
export function confirmEnded(ledger: Ledger, ended: readonly Assignment[], at: string): Ledger {
  if (ended.length === 0) return ledger
  const ids = new Set(ended.map((assignment) => assignment.session_id))
  const addresses = new Set(ended.map((assignment) => assignment.virtual_ip))
  const fresh = ended.map(({ virtual_ip, user_name }) => ({ address: virtual_ip, user_name, released_at: at }))
  return {
    assignments: ledger.assignments.filter((assignment) => !ids.has(assignment.session_id)),
    releases: [...ledger.releases.filter((release) => !addresses.has(release.address)), ...fresh],
  }
}

/** No session and no address survives a boot; only the memory of who had which address does. */
export function ledgerAfterBoot(ledger: Ledger, at: string): Ledger {
  return confirmEnded(ledger, ledger.assignments, at)
}

/** Drops memories of addresses that left the block, so that the ledger cannot grow for ever. */
export function forgetForeign(ledger: Ledger, block: readonly string[]): Ledger {
  const own = new Set(block)
  const releases = ledger.releases.filter((release) => own.has(release.address))
  return releases.length === ledger.releases.length ? ledger : { ...ledger, releases }
}

export function sessionStateOf({ ending: _, ...session }: Assignment): SessionState {
  return session
}
