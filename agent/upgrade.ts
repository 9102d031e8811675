import type { Upgrade } from '../contract/agent/messages.ts'
import type { Journal } from './journal/journal.ts'
import { type Log, reasonOf } from './log.ts'

export type UpgradeDeps = {
  readonly journal: Pick<Journal, 'loadUpgrade' | 'saveUpgrade'>
  readonly log: Log
  readonly restart?: (() => void) | undefined
}

/**
 * Ends the agent for an upgrade, once: whatever is installed is started then, and if that is the same version as before,
 * nobody ends it again for the same upgrade. Sessions and the host's network stay as they are.
 */
export async function takeUpgrade(
  { id, target_version }: Upgrade,
  version: string,
  { journal, log, restart }: UpgradeDeps,
): Promise<void> {
  const fields = { id, version, target_version }
  if (target_version === version) return
  try {
    if ((await journal.loadUpgrade())?.id === id) {
      return log('warn', 'what is installed is not the version wanted; install that package', fields)
    }
    if (restart === undefined) return log('warn', 'another version is wanted, and nobody would start it', fields)
    await journal.saveUpgrade({ id })
    log('info', 'ending, so that the version wanted is started', fields)
    restart()
  } catch (error) {
    log('warn', 'the agent could not be ended for an upgrade', { ...fields, reason: reasonOf(error) })
  }
}
