import type { SessionState } from '../../contract/agent/messages.ts'
import type { SessionEndDriver } from './session-end.ts'

export interface MemorySessionEnd extends SessionEndDriver {
  /** What users were told, in order. */
  readonly warnings: readonly { readonly sessionId: string; readonly text: string }[]
  /** So many times ending fails. */
  failEnd(times: number): void
}

/** A host without processes: whoever keeps the sessions is told which one ended. */
export function memorySessionEnd(onEnd: (session: SessionState) => void): MemorySessionEnd {
  const warnings: { sessionId: string; text: string }[] = []
  let failures = 0
  return {
    warnings,
    failEnd: (times) => {
      failures = times
    },
    warn: async ({ session_id: sessionId }, text) => void warnings.push({ sessionId, text }),
    end: async (session) => {
      if (failures > 0) {
        failures -= 1
        throw new Error('memory: told to fail')
      }
      onEnd(session)
    },
  }
}
