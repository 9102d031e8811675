import { type Static, Type } from 'typebox'
import type { DesiredState } from '../../contract/agent/desired-state.ts'
import { SessionState } from '../../contract/agent/messages.ts'

/** Who this host is to which control plane. The private key never leaves the host. */
export const Identity = Type.Object({
  server_id: Type.String({ minLength: 1, maxLength: 128 }),
  host: Type.String({ minLength: 1, maxLength: 255 }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  /** The one certificate this agent trusts. */
  ca_pem: Type.String({ minLength: 1 }),
  private_key_pem: Type.String({ minLength: 1 }),
  /** False from making the key until the control plane confirmed it: the key is written before it is registered. */
  enrolled: Type.Boolean(),
})
export type Identity = Static<typeof Identity>

const Assignment = Type.Object({ ...SessionState.properties, ending: Type.Boolean() })
const Release = Type.Object({ address: Type.String(), user_name: Type.String(), released_at: Type.String() })

export const SessionJournal = Type.Object({
  /** The boot in which these sessions live: none outlives it. */
  boot_id: Type.String(),
  ledger: Type.Object({ assignments: Type.Array(Assignment), releases: Type.Array(Release) }),
})
export type SessionJournal = Static<typeof SessionJournal>

export const MaintenanceJournal = Type.Object({ maintain_status: Type.Boolean() })
export type MaintenanceJournal = Static<typeof MaintenanceJournal>

/** The last upgrade for which the agent ended, so that it does so once. */
export const UpgradeJournal = Type.Object({ id: Type.String() })
export type UpgradeJournal = Static<typeof UpgradeJournal>

/** What must survive the process. Loading returns undefined when nothing, or nothing readable, is there. */
export interface Journal {
  loadIdentity(): Promise<Identity | undefined>
  saveIdentity(identity: Identity): Promise<void>
  /** The last state the control plane wanted. */
  loadDesired(): Promise<DesiredState | undefined>
  saveDesired(desired: DesiredState): Promise<void>
  /** The last maintenance mark the control plane told. */
  loadMaintenance(): Promise<MaintenanceJournal | undefined>
  saveMaintenance(maintenance: MaintenanceJournal): Promise<void>
  loadUpgrade(): Promise<UpgradeJournal | undefined>
  saveUpgrade(upgrade: UpgradeJournal): Promise<void>
  loadSessions(): Promise<SessionJournal | undefined>
  saveSessions(sessions: SessionJournal): Promise<void>
}
