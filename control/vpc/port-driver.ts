import type { LeavingAddress } from './address.store.ts'

/** What any network must be able to do for us: let a server's port send and receive under further addresses. */
export interface PortDriver {
  /**
   * Opens the port for the session addresses of its owner, closes it for those that are leaving, leaves the pairs of
   * others alone, reads back that it is so, and answers what it is closed for. Which addresses these are is read under
   * the port's lock: a call that comes late does what is right by then. May be repeated. Throws `PortRefused` when the
   * network says no.
   */
  setSessionAddresses(port: ServerPort): Promise<readonly LeavingAddress[]>
}

export interface ServerPort {
  readonly portId: string
  /** Whose session addresses it carries. */
  readonly ownerId: string
}

export class PortRefused extends Error {
  override readonly name = 'PortRefused'
}
