export { configurationRoutes } from './configuration.routes.ts'
export { listConfiguration, saveConfiguration } from './configuration.store.ts'
export { allowsVirtualIp } from './configuration.ts'
export { PRODUCTS } from './product.ts'
export { serverRoutes } from './server.routes.ts'
export { requireServers, resourceOf } from './server.service.ts'
export {
  deleteServer,
  endTask,
  holdServer,
  insertServer,
  insertServers,
  isIdle,
  isReadyAndIdle,
  loseServersCte,
  noteLinked,
  type Power,
  returnServersCte,
  type Shown,
  setHostAddress,
  setImage,
  showTask,
  startTasksCtes,
  updatePower,
  updateSessionCount,
} from './server.store.ts'
export {
  busyWork,
  createTargetReader,
  findHost,
  findMaintainStatus,
  type Host,
  listServerTargets,
  type ServerTarget,
} from './server.view.ts'
export { serverGroupRoutes } from './server-group.routes.ts'
export { createServerGroup, type FleetDeps, requireProduct, type Subnet } from './server-group.service.ts'
export { findServerGroup, type ServerGroupRow } from './server-group.store.ts'
export { maxSessions } from './session-limit.ts'
