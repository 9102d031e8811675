/** What any network must be able to do for us: let a server's port send and receive under further addresses. */
export interface PortDriver {
  /**
   * Makes the session addresses of the port `wanted` instead of `former`, leaving the pairs of others alone, and reads
   * back that it is so. May be repeated. Throws `PortRefused` when the network says no.
   */
  setSessionAddresses(change: PortChange): Promise<void>
}

export interface PortChange {
  readonly portId: string
  readonly former: readonly string[]
  readonly wanted: readonly string[]
}

export class PortRefused extends Error {
  override readonly name = 'PortRefused'
}
