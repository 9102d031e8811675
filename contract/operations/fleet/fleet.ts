import type { Operation } from '../../operation.ts'
import { listCorpConfigInfo } from './configuration.ts'
import { listServers, showServer } from './server.ts'
import { batchChangeServerMaintainMode, updateServer } from './server-change.ts'
import { createServerGroup, showServerGroup } from './server-group.ts'

/** Servers, server groups, the tenant and the catalogue, in the order of the reference. */
export const FLEET_OPERATIONS: readonly Operation[] = [
  listServers,
  showServer,
  updateServer,
  batchChangeServerMaintainMode,
  createServerGroup,
  showServerGroup,
  listCorpConfigInfo,
]
