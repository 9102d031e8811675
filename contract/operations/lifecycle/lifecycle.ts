import type { Operation } from '../../operation.ts'
import { batchRebootServer, batchStartServer, batchStopServer } from './power.ts'

/** Creation, power, reinstallation and deletion of servers, in the order of the reference. */
export const LIFECYCLE_OPERATIONS: readonly Operation[] = [batchRebootServer, batchStartServer, batchStopServer]
