export { configurationRoutes } from './configuration.routes.ts'
export { saveConfiguration } from './configuration.store.ts'
export { allowsVirtualIp } from './configuration.ts'
export { PRODUCTS } from './product.ts'
export { serverRoutes } from './server.routes.ts'
export { requireServers, resourceOf } from './server.service.ts'
export {
  endTask,
  holdServer,
  insertServer,
  isIdle,
  isReadyAndIdle,
  loseServersCte,
  noteLinked,
  type Power,
  returnServersCte,
  type Shown,
  setImage,
  showTask,
  startTasksCtes,
  updatePower,
  updateSessionCount,
} from './server.store.ts'
export {
  busyWork,
  createTargetReader,
  findMaintainStatus,
  listServerTargets,
  type ServerTarget,
} from './server.view.ts'
export { serverGroupRoutes } from './server-group.routes.ts'
export { createServerGroup, type FleetDeps, type Subnet } from './server-group.service.ts'
export { findServerGroup } from './server-group.store.ts'
export { maxSessions } from './session-limit.ts'
