import { type ErrorEntry, service, vpc } from './entry.ts'

/** Failures of the module `vpc`: its own operations answer in the shape of the network. */
export const VPC_ERRORS = {
  'vpc.subnet_not_found': service(
    404,
    'WKS.00211902',
    'The subnet {subnetId} does not exist in VPC {vpcId} of this project.',
    'Check vpc_id and subnet_id.',
  ),
  'vpc.invalid': vpc(
    400,
    'VPC.0101',
    'The request is invalid: {detail}',
    'The sentence names the place and the rule; correct it and send again.',
  ),
  'vpc.not_found': vpc(
    404,
    'VPC.0202',
    'There is no {kind} {id} in this project.',
    'List what is there and check the id.',
  ),
  'vpc.name_taken': vpc(
    409,
    'VPC.0101',
    "The name '{name}' is taken by another VPC of this project.",
    'Choose another name.',
  ),
  'vpc.quota_exceeded': vpc(
    409,
    'VPC.0114',
    'Quota exceeded: this project may have {limit} {kind}.',
    'Delete what is not used any more, then repeat.',
  ),
  'vpc.vpc_in_use': vpc(
    409,
    'VPC.0104',
    'VPC {vpcId} is in use by {users}. Nothing was deleted.',
    'Delete what uses it first.',
  ),
  'vpc.subnet_outside': vpc(
    400,
    'VPC.0203',
    'The block {cidr} is not inside VPC {vpcId}, which has {vpcCidr}.',
    'Choose a block within that of the VPC.',
  ),
  'vpc.subnet_overlaps': vpc(
    400,
    'VPC.0204',
    'The block {cidr} overlaps {otherCidr} of subnet {otherId} in the same VPC.',
    'Choose a block that no subnet of the VPC touches.',
  ),
  'vpc.subnet_in_use': vpc(
    409,
    'VPC.0209',
    'Subnet {subnetId} is in use by {users}. Nothing was changed.',
    'Delete what uses it first.',
  ),
  'vpc.dhcp_needed': vpc(
    409,
    'VPC.0209',
    'Subnet {subnetId} needs DHCP: server group {serverGroupId} has virtual session IPs on in it. Nothing was changed.',
    'Turn ip_virtual off in that group first.',
  ),
  'vpc.address_taken': vpc(
    409,
    'VPC.0704',
    'The address {address} of subnet {subnetId} is taken, resting after its last use, or not one that can be given.',
    'Choose another one, or leave ip_address out to get the next free one.',
  ),
  'vpc.addresses_exhausted': vpc(
    409,
    'VPC.0703',
    'Subnet {subnetId} has {free} free addresses of the {needed} needed. Nothing was taken.',
    'Release addresses, or use another subnet.',
  ),
  'vpc.port_in_use': vpc(
    409,
    'VPC.0705',
    'Port {portId} belongs to {deviceId} and goes with it. Nothing was deleted.',
    'Delete the server; its port goes with it.',
  ),
  'vpc.port_opened': vpc(
    409,
    'VPC.0705',
    'The address {address} of port {portId} is in allowed_address_pairs of port {otherId}. Nothing was deleted.',
    'Take it off that port first.',
  ),
  'vpc.pair_in_pool': vpc(
    409,
    'VPC.0706',
    '{address} is an address of subnet {subnetId} that is not reserved: a session may be given it. Nothing was changed.',
    'Reserve it first with CreatePrivateip and name it by itself, not within a block.',
  ),
  'vpc.pairs_owned': vpc(
    409,
    'VPC.0706',
    '{address} is the session address of server {serverId}: {detail}. Nothing was changed.',
    'Read the port, keep its session addresses in allowed_address_pairs as they are, and change only your own pairs.',
  ),
} as const satisfies Record<string, ErrorEntry>
