import type { KernelState, SessionIpPlan } from '../plan/kernel-state.ts'

/** What any operating system must be able to do for session addresses. Calls do not overlap. */
export interface SessionIpDriver {
  /** What of ours is there; reads the system, never memory. */
  observe(): Promise<KernelState>
  /** Makes the system carry exactly the plan. May be repeated without harm; a failure leaves users without network, never with the host's address. */
  apply(plan: SessionIpPlan): Promise<void>
  /** Removes everything we ever put there; needs no memory of it. */
  cleanUp(): Promise<void>
}
