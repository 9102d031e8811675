import type { SessionState } from '../../contract/agent/messages.ts'
import type { SessionRequest } from '../../contract/agent/session-socket.ts'
import type { Clock } from '../clock.ts'
import { reasonOf } from '../log.ts'
import { planAddress } from '../plan/addresses.ts'
import { type Assignment, endAssignments, findAssignment, openAssignment, sessionStateOf } from '../plan/ledger.ts'
import { isServed } from '../plan/virtual-ip.ts'
import type { Runner } from './runner.ts'

/** Why a session got no address; `status` is the HTTP status of the session socket. */
export class SessionRefused extends Error {
  readonly status: 400 | 409 | 503
  constructor(status: 400 | 409 | 503, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SessionRefused'
    this.status = status
  }
}

/** Gives the session an address and returns when its traffic carries it. Repeating it returns the same. */
export async function startSession(runner: Runner, clock: Clock, request: SessionRequest): Promise<SessionState> {
  const isNew = claimAddress(runner, clock, request)
  try {
    await runner.converge()
  } catch (error) {
    if (isNew) withdraw(runner, request.session_id)
    throw new SessionRefused(503, `the address could not be put in force: ${reasonOf(error)}`, { cause: error })
  }
  const assignment = findAssignment(runner.ledger, request.session_id)
  if (assignment === undefined || assignment.ending) {
    throw new SessionRefused(503, 'virtual IPs were switched off or the session ended meanwhile')
  }
  if (isNew) runner.report()
  return sessionStateOf(assignment)
}

/** Takes the address back and returns when no socket uses it any more. */
export async function endSession(runner: Runner, sessionId: string): Promise<void> {
  if (findAssignment(runner.ledger, sessionId) === undefined) return
  runner.changeLedger((ledger) => endAssignments(ledger, (each) => each.session_id === sessionId))
  try {
    await runner.converge()
  } catch (error) {
    throw new SessionRefused(503, `the session is not wholly ended: ${reasonOf(error)}`, { cause: error })
  }
}

/** Decides and writes down in one turn, so that no two requests can choose the same address. */
function claimAddress(runner: Runner, clock: Clock, request: SessionRequest): boolean {
  const { virtualIp } = runner
  if (virtualIp === undefined)
    throw new SessionRefused(503, 'the control plane has not said yet which addresses to use')
  if (!virtualIp.enable) throw new SessionRefused(503, 'virtual IPs are switched off on this server')
  const { first, last } = virtualIp.managed_uids
  if (request.uid < first || request.uid > last) {
    throw new SessionRefused(400, `uid ${request.uid} is not managed; managed are ${first}-${last}`)
  }
  const { assignments, releases } = runner.ledger
  const known = findAssignment(runner.ledger, request.session_id)
  if (known !== undefined && isSame(known, request) && isServed(virtualIp, known)) return false
  if (known !== undefined) throw new SessionRefused(409, `session ${request.session_id} is another one, or is ending`)
  if (runner.isInMaintenance) {
    throw new SessionRefused(503, 'this server is under maintenance: it takes no new sessions, those it has go on')
  }
  // The kernel tells users apart by uid, so two sessions of one user cannot have two addresses.
  const other = assignments.find((each) => each.uid === request.uid)
  if (other !== undefined) throw new SessionRefused(409, `uid ${request.uid} already has session ${other.session_id}`)
  const address = planAddress(virtualIp.addresses, runner.addressesInUse(), releases, request.user_name)
  if (address === undefined) {
    throw new SessionRefused(409, `all ${virtualIp.addresses.length} addresses of this server are in use`)
  }
  const at = new Date(clock.now()).toISOString()
  runner.changeLedger((ledger) => openAssignment(ledger, request, address, at))
  return true
}

function isSame(known: Assignment, request: SessionRequest): boolean {
  return !known.ending && known.uid === request.uid && known.user_name === request.user_name
}

/** The address stays taken until the system confirms that it is off; the runner's repetition sees to it. */
function withdraw(runner: Runner, sessionId: string): void {
  runner.changeLedger((ledger) => endAssignments(ledger, (each) => each.session_id === sessionId))
  runner.converge().catch(() => {})
}
