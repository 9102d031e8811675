import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `vpc`. */
export const VPC_ERRORS = {
  'vpc.subnet_not_found': service(
    404,
    'WKS.00211902',
    'The subnet {subnetId} does not exist in VPC {vpcId} of this project.',
    'Check vpc_id and subnet_id.',
  ),
} as const satisfies Record<string, ErrorEntry>
