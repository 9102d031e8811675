export { agentRoutes } from './agent.routes.ts'
export {
  type Agent,
  announce,
  announceChange,
  disownAgent,
  findAgent,
  holdLink,
  insertAgent,
  type LinkRef,
  LOGOFF_CHANNEL,
  leaveBoot,
  recordListed,
  voidJoinTokens,
  voidKeyCte,
  withdrawReboot,
  writtenCte,
} from './agent.store.ts'
export { requireAuthority } from './authority.store.ts'
export { createJoinToken, createJoinTokenByHand, type JoinAddress } from './enrolment.service.ts'
export type { AgentEvents, HostSessions, LogoffOrder } from './link.ts'
export { type AgentListener, type ListenerConfig, startAgentListener } from './listener.ts'
export { watchAge } from './prune.ts'
export { type Reflector, startReflector } from './reflector.ts'
export { beginUpgrade, endUpgrade, findAgentVersion, tellUpgrade } from './upgrade.store.ts'
