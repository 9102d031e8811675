import type { DesiredState } from '../../contract/agent/desired-state.ts'
import type { Identity, Journal, MaintenanceJournal, SessionJournal, UpgradeJournal } from './journal.ts'

/** A journal that survives a reboot of an in-memory host, because whoever made it keeps it. */
export function memoryJournal(): Journal {
  let identity: Identity | undefined
  let desired: DesiredState | undefined
  let maintenance: MaintenanceJournal | undefined
  let upgrade: UpgradeJournal | undefined
  let sessions: SessionJournal | undefined
  return {
    loadIdentity: async () => identity,
    saveIdentity: async (value) => {
      identity = value
    },
    loadDesired: async () => desired,
    saveDesired: async (value) => {
      desired = value
    },
    loadMaintenance: async () => maintenance,
    saveMaintenance: async (value) => {
      maintenance = value
    },
    loadUpgrade: async () => upgrade,
    saveUpgrade: async (value) => {
      upgrade = value
    },
    loadSessions: async () => sessions,
    saveSessions: async (value) => {
      sessions = value
    },
  }
}
