export { catalogueRoutes } from './catalogue.routes.ts'
export { readCatalogue, setCatalogue } from './catalogue.store.ts'
export type { Catalogue } from './catalogue-document.ts'
export { configurationRoutes } from './configuration.routes.ts'
export { listConfiguration, saveConfiguration } from './configuration.store.ts'
export { allowsVirtualIp } from './configuration.ts'
export { portResource, readPlace, subnetResource } from './network-permission.ts'
export { findPlaceContradiction, zoneOf } from './place.ts'
export { findProduct, listProducts, type Product, requireProduct, requireSaleableProduct } from './product.ts'
export { type NewServers, requireQuota } from './quota.service.ts'
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
  listServersToRun,
  listServerTargets,
  type ServerTarget,
} from './server.view.ts'
export { serverGroupRoutes } from './server-group.routes.ts'
export { createServerGroup, type FleetDeps, findImageContradiction } from './server-group.service.ts'
export { findServerGroup, type ServerGroupRow } from './server-group.store.ts'
export type { Subnet } from './server-group.ts'
export { maxSessions } from './session-limit.ts'
export { tenantRoutes } from './tenant.routes.ts'
export { holdActiveTenant } from './tenant.store.ts'
