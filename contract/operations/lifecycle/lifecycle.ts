import type { Operation } from '../../operation.ts'
import { createAppServers } from './create.ts'
import { batchDeleteServer, deleteServer } from './delete.ts'
import { batchRebootServer, batchStartServer, batchStopServer } from './power.ts'

/** Creation, power, reinstallation and deletion of servers, in the order of the reference. */
export const LIFECYCLE_OPERATIONS: readonly Operation[] = [
  createAppServers,
  deleteServer,
  batchDeleteServer,
  batchRebootServer,
  batchStartServer,
  batchStopServer,
]
