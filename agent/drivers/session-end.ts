import type { SessionState } from '../../contract/agent/messages.ts'

/** Ends sessions of users on the host. */
export interface SessionEndDriver {
  /** Shows the user a text. What cannot be shown is logged and is no failure. */
  warn(session: SessionState, text: string): Promise<void>
  /** Resolves when no process of the session is left; rejects when one stays. May be repeated without harm. */
  end(session: SessionState): Promise<void>
}
