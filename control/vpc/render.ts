import type { ResponseOf } from '../../contract/operation.ts'
import type { showVpc, showVpcV3 } from '../../contract/operations/vpc/network.ts'
import type { showPort } from '../../contract/operations/vpc/port.ts'
import type { showPrivateip } from '../../contract/operations/vpc/private-ip.ts'
import type { showSubnet } from '../../contract/operations/vpc/subnet.ts'
import type { PortRow, SubnetUsage, VpcRow } from './vpc.view.ts'

export type VpcAnswer = ResponseOf<typeof showVpc>['vpc']
export type SubnetAnswer = ResponseOf<typeof showSubnet>['subnet']
export type PortAnswer = ResponseOf<typeof showPort>['port']
export type PrivateIpAnswer = ResponseOf<typeof showPrivateip>['privateip']

/** UTC in whole seconds, as the network writes moments. */
function momentOf(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`
}

const UNUSED = { block_service_endpoint_states: 'off', enable_network_address_usage_metrics: false } as const

export function renderVpc(row: VpcRow): VpcAnswer {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    cidr: row.cidr,
    status: 'OK',
    enterprise_project_id: row.enterprise_project_id,
    routes: [],
    tenant_id: row.project_id,
    created_at: momentOf(row.created_at),
    updated_at: momentOf(row.updated_at ?? row.created_at),
    ...UNUSED,
  }
}

export function renderVpcV3(row: VpcRow, subnets: number): ResponseOf<typeof showVpcV3>['vpc'] {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    cidr: row.cidr,
    extend_cidrs: [],
    status: 'ACTIVE',
    enterprise_project_id: row.enterprise_project_id,
    project_id: row.project_id,
    cloud_resources: [{ resource_type: 'virsubnet', resource_count: subnets }],
    tags: row.tags.map(({ key, value = '' }) => ({ key, value })),
    created_at: momentOf(row.created_at),
    updated_at: momentOf(row.updated_at ?? row.created_at),
    ...UNUSED,
  }
}

/** Network and subnet of the port API are one thing here, and have one id. */
export function renderSubnet(row: SubnetUsage): SubnetAnswer {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    cidr: row.cidr,
    gateway_ip: row.gateway_ip,
    ipv6_enable: false,
    dhcp_enable: row.dhcp_enable,
    primary_dns: row.dns_list[0] ?? '',
    secondary_dns: row.dns_list[1] ?? '',
    dnsList: row.dns_list,
    extra_dhcp_opts: row.extra_dhcp_opts as SubnetAnswer['extra_dhcp_opts'],
    availability_zone: row.availability_zone,
    vpc_id: row.vpc_id,
    status: 'ACTIVE',
    neutron_network_id: row.id,
    neutron_subnet_id: row.id,
    available_ip_address_count: row.free,
    tenant_id: row.project_id,
    created_at: momentOf(row.created_at),
    updated_at: momentOf(row.updated_at ?? row.created_at),
    scope: 'center',
    enable_network_address_usage_metrics: false,
  }
}

/** Of a port with a device and no owner the device is a server. */
function ownerOf({ device_owner, device_id }: PortRow): string {
  return device_owner === '' && device_id !== '' ? 'compute:nova' : device_owner
}

export function renderPort(row: PortRow): PortAnswer {
  return {
    id: row.id,
    name: row.name,
    network_id: row.subnet_id,
    admin_state_up: true,
    mac_address: row.mac_address,
    fixed_ips: [{ subnet_id: row.subnet_id, ip_address: row.fixed_ip }],
    device_id: row.device_id,
    device_owner: ownerOf(row),
    tenant_id: row.project_id,
    status: statusOf(row),
    security_groups: [],
    allowed_address_pairs: row.allowed_address_pairs,
    extra_dhcp_opts: [],
    'binding:vnic_type': 'normal',
    'binding:vif_details': { primary_interface: row.device_id !== '' },
    'binding:profile': {},
    dns_name: '',
    dns_assignment: [],
    port_security_enabled: true,
    instance_id: '',
    instance_type: '',
    zone_id: '',
    enable_efi: false,
  }
}

export function renderPrivateIp(row: PortRow): PrivateIpAnswer {
  return {
    id: row.id,
    subnet_id: row.subnet_id,
    ip_address: row.fixed_ip,
    status: statusOf(row),
    device_owner: ownerOf(row),
    tenant_id: row.project_id,
  }
}

function statusOf({ device_id }: PortRow): 'ACTIVE' | 'DOWN' {
  return device_id === '' ? 'DOWN' : 'ACTIVE'
}
