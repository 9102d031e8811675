import type { Operation } from '../../operation.ts'
import { createVpc, deleteVpc, listVpcs, showVpc, showVpcV3, updateVpc } from './network.ts'
import { createPort, deletePort, listPorts, showPort, updatePort } from './port.ts'
import { createPrivateip, deletePrivateip, listPrivateips, showPrivateip } from './private-ip.ts'
import {
  createSubnet,
  deleteSubnet,
  listSubnets,
  showNetworkIpAvailabilities,
  showSubnet,
  updateSubnet,
} from './subnet.ts'

/** VPCs, subnets, ports and private IPs, in the order of the reference. */
export const VPC_OPERATIONS: readonly Operation[] = [
  createVpc,
  showVpc,
  listVpcs,
  updateVpc,
  deleteVpc,
  showVpcV3,
  createSubnet,
  showSubnet,
  listSubnets,
  updateSubnet,
  deleteSubnet,
  createPort,
  showPort,
  listPorts,
  updatePort,
  deletePort,
  createPrivateip,
  showPrivateip,
  listPrivateips,
  deletePrivateip,
  showNetworkIpAvailabilities,
]
