import type { Operation } from '../../operation.ts'
import { createAppServers } from './create.ts'
import { batchDeleteServer, deleteServer } from './delete.ts'
import { batchMigrateHostsServer, batchRejoinDomain, showServerVnc } from './not-offered.ts'
import { batchRebootServer, batchStartServer, batchStopServer } from './power.ts'
import { batchChangeServerImage, batchReinstallServer, changeServerImage, reinstallServer } from './rebuild.ts'
import { batchUpgradeHdaVersion } from './upgrade.ts'

/** Creation, power, reinstallation and deletion of servers, in the order of the reference. */
export const LIFECYCLE_OPERATIONS: readonly Operation[] = [
  createAppServers,
  deleteServer,
  batchDeleteServer,
  batchRebootServer,
  batchStartServer,
  batchStopServer,
  reinstallServer,
  batchReinstallServer,
  changeServerImage,
  batchChangeServerImage,
  showServerVnc,
  batchRejoinDomain,
  batchMigrateHostsServer,
  batchUpgradeHdaVersion,
]
