import type { Rows } from './test-row.ts'

/** VPCs, subnets, ports and private IPs. */
export const VPC_ROWS: Rows = {}
