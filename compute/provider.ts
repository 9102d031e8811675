import type {
  ComputeStatus,
  LicenceServerSpec,
  Machine,
  MachineSpec,
  SessionSpec,
  Sighting,
} from '../contract/compute/machine.ts'

/** Where a session's connection goes. */
export interface FarEnd {
  readonly host: string
  readonly port: number
}

/** What every kind of local host can do. `netns` and `memory` are the two. */
export interface Provider {
  readonly status: ComputeStatus
  /** Makes and boots the machine, or leaves it as it is. */
  putMachine(serverId: string, spec: MachineSpec): Promise<Machine>
  listMachines(): readonly Machine[]
  /** Pulls the plug and boots again; resolves when it is up. */
  resetMachine(serverId: string): Promise<Machine>
  deleteMachine(serverId: string): Promise<void>
  openSession(serverId: string, spec: SessionSpec): Promise<{ readonly virtual_ip: string }>
  connect(serverId: string, sessionId: string, farEnd: FarEnd): Promise<Sighting>
  closeSession(serverId: string, sessionId: string): Promise<void>
  putLicenceServer(spec: LicenceServerSpec): Promise<FarEnd>
  /** Leaves nothing behind. */
  close(): Promise<void>
}

/** A request that cannot be served, with the status it is answered with. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export function requireEntry<T>(entries: ReadonlyMap<string, T>, id: string, what: string): T {
  const entry = entries.get(id)
  if (entry === undefined) throw new Refused(404, `there is no ${what} ${id}`)
  return entry
}
