import type { Operation } from '../../operation.ts'

/** VPCs, subnets, ports and private IPs, in the order of the reference. */
export const VPC_OPERATIONS: readonly Operation[] = []
