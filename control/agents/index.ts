export {
  type Agent,
  announce,
  disownAgent,
  findAgent,
  holdLink,
  insertAgent,
  type LinkRef,
  LOGOFF_CHANNEL,
  writtenCte,
} from './agent.store.ts'
export { requireAuthority } from './authority.store.ts'
export { createJoinToken, createJoinTokenByHand, type JoinAddress } from './enrolment.service.ts'
export type { AgentEvents, HostSessions, LogoffOrder } from './link.ts'
export { type AgentListener, type ListenerConfig, startAgentListener } from './listener.ts'
export { type Reflector, startReflector } from './reflector.ts'
