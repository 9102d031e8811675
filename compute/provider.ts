import type {
  ComputeStatus,
  LicenceServerSpec,
  Machine,
  MachineSpec,
  RebuildSpec,
  SessionSpec,
  Sighting,
  StopSpec,
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
  /** Boots a machine that is off; resolves when it is up. */
  startMachine(serverId: string): Promise<Machine>
  /** Off until it is started. Whatever is under way, a reboot for example, ends first. */
  stopMachine(serverId: string, spec: StopSpec): Promise<Machine>
  /** Takes the disk away, and boots anew from an empty one. */
  rebuildMachine(serverId: string, spec: RebuildSpec): Promise<Machine>
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
