import { Type } from 'typebox'
import { defineOperation, VPC_CALLER_ERRORS } from '../../operation.ts'
import {
  action,
  Cidr,
  creation,
  Description,
  Id,
  Ipv4,
  Moment,
  Name64,
  NetworkParams,
  NoQuery,
  PageQuery,
  ProjectParams,
  SubnetOfVpcParams,
  SubnetParams,
  TagTexts,
  VPC,
} from './field.ts'

const DhcpOption = Type.Object(
  {
    opt_name: Type.Enum(['ntp', 'addresstime', 'ipv6_addresstime', 'domainname']),
    opt_value: Type.Optional(Type.String({ maxLength: 255, description: 'Without one the option is taken away.' })),
  },
  { additionalProperties: false },
)

/** Gateway and id of IPv6 are left out, as for every subnet that has none. */
const Subnet = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  cidr: Type.String(),
  gateway_ip: Type.String(),
  ipv6_enable: Type.Boolean(),
  dhcp_enable: Type.Boolean(),
  primary_dns: Type.String(),
  secondary_dns: Type.String(),
  dnsList: Type.Array(Type.String()),
  extra_dhcp_opts: Type.Array(DhcpOption),
  availability_zone: Type.String(),
  vpc_id: Type.String(),
  status: Type.Enum(['ACTIVE', 'UNKNOWN', 'ERROR']),
  neutron_network_id: Type.String(),
  neutron_subnet_id: Type.String(),
  available_ip_address_count: Type.Integer(),
  tenant_id: Type.String(),
  created_at: Moment,
  updated_at: Moment,
  scope: Type.String(),
  enable_network_address_usage_metrics: Type.Boolean(),
})
const One = Type.Object({ subnet: Subnet })

const Dns = Type.Union([Ipv4, Type.Literal('')])

const Written = {
  description: Type.Optional(Description),
  dhcp_enable: Type.Optional(Type.Boolean({ default: true, description: 'Groups with virtual session IPs need it.' })),
  primary_dns: Type.Optional(Dns),
  secondary_dns: Type.Optional(Dns),
  dnsList: Type.Optional(Type.Array(Ipv4, { maxItems: 5, description: 'Wins over primary_dns and secondary_dns.' })),
  extra_dhcp_opts: Type.Optional(Type.Array(DhcpOption, { maxItems: 4 })),
  ipv6_enable: Type.Optional(Type.Literal(false, { description: 'Subnets are IPv4 here.' })),
  enable_network_address_usage_metrics: Type.Optional(Type.Boolean({ description: 'Taken and not acted on.' })),
}

export const createSubnet = defineOperation({
  ...VPC,
  id: 'CreateSubnet',
  method: 'POST',
  path: '/v1/{project_id}/subnets',
  summary: 'Create a subnet in a VPC.',
  permission: creation('vpc:subnets:create', 'subnet'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      subnet: Type.Object(
        {
          name: Name64(1),
          cidr: Cidr,
          gateway_ip: Ipv4,
          vpc_id: Id,
          availability_zone: Type.Optional(Type.String({ maxLength: 64 })),
          ...Written,
          tags: Type.Optional(TagTexts),
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: One,
  errors: [
    ...VPC_CALLER_ERRORS,
    'http.too_large',
    'vpc.not_found',
    'vpc.subnet_outside',
    'vpc.subnet_overlaps',
    'vpc.quota_exceeded',
  ],
  example: {
    body: {
      subnet: {
        name: 'hosts',
        cidr: '10.20.0.0/20',
        gateway_ip: '10.20.0.1',
        vpc_id: '99d9d709-8478-4b46-9f3f-2206b1023fd3',
        dhcp_enable: true,
      },
    },
    response: {
      subnet: {
        id: '4779ab1c-7c1a-44b1-a02e-93dfc361b32d',
        name: 'hosts',
        description: '',
        cidr: '10.20.0.0/20',
        gateway_ip: '10.20.0.1',
        ipv6_enable: false,
        dhcp_enable: true,
        primary_dns: '',
        secondary_dns: '',
        dnsList: [],
        extra_dhcp_opts: [],
        availability_zone: '',
        vpc_id: '99d9d709-8478-4b46-9f3f-2206b1023fd3',
        status: 'ACTIVE',
        neutron_network_id: '4779ab1c-7c1a-44b1-a02e-93dfc361b32d',
        neutron_subnet_id: '4779ab1c-7c1a-44b1-a02e-93dfc361b32d',
        available_ip_address_count: 4091,
        tenant_id: '0123456789abcdef0123456789abcdef',
        created_at: '2026-05-21T08:00:00Z',
        updated_at: '2026-05-21T08:00:00Z',
        scope: 'center',
        enable_network_address_usage_metrics: false,
      },
    },
  },
})

export const showSubnet = defineOperation({
  ...VPC,
  id: 'ShowSubnet',
  method: 'GET',
  path: '/v1/{project_id}/subnets/{subnet_id}',
  summary: 'Show a subnet.',
  permission: action('vpc:subnets:get', 'Read', 'subnet'),
  params: SubnetParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

export const listSubnets = defineOperation({
  ...VPC,
  id: 'ListSubnets',
  method: 'GET',
  path: '/v1/{project_id}/subnets',
  summary: 'List the subnets of the project or of a VPC, page by page.',
  permission: action('vpc:subnets:list', 'List', 'subnet'),
  params: ProjectParams,
  query: Type.Object({ ...PageQuery, vpc_id: Type.Optional(Type.String({ maxLength: 128 })) }),
  body: null,
  status: 200,
  response: Type.Object({ subnets: Type.Array(Subnet) }),
  errors: VPC_CALLER_ERRORS,
})

export const updateSubnet = defineOperation({
  ...VPC,
  id: 'UpdateSubnet',
  method: 'PUT',
  path: '/v1/{project_id}/vpcs/{vpc_id}/subnets/{subnet_id}',
  summary: 'Change what a subnet is called and what its DHCP hands out.',
  permission: action('vpc:subnets:update', 'Write', 'subnet'),
  params: SubnetOfVpcParams,
  query: NoQuery,
  body: Type.Object(
    {
      subnet: Type.Object({ name: Name64(1), ...Written }, { additionalProperties: false }),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({ subnet: Type.Object({ id: Type.String(), status: Type.String() }) }),
  errors: [...VPC_CALLER_ERRORS, 'http.too_large', 'vpc.not_found', 'vpc.dhcp_needed'],
})

export const deleteSubnet = defineOperation({
  ...VPC,
  id: 'DeleteSubnet',
  method: 'DELETE',
  path: '/v1/{project_id}/vpcs/{vpc_id}/subnets/{subnet_id}',
  summary: 'Delete a subnet that nothing is in any more.',
  permission: action('vpc:subnets:delete', 'Write', 'subnet'),
  params: SubnetOfVpcParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found', 'vpc.subnet_in_use'],
})

export const showNetworkIpAvailabilities = defineOperation({
  ...VPC,
  id: 'ShowNetworkIpAvailabilities',
  method: 'GET',
  path: '/v1/{project_id}/network-ip-availabilities/{network_id}',
  summary: 'How many addresses of a subnet are used, and of how many.',
  permission: action('vpc:subnets:get', 'Read', 'subnet'),
  params: NetworkParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    network_ip_availability: Type.Object({
      network_id: Type.String(),
      network_name: Type.String(),
      tenant_id: Type.String(),
      total_ips: Type.Integer({ description: 'Addresses that can be given at all.' }),
      used_ips: Type.Integer({ description: 'Given, or resting after their last use.' }),
      subnet_ip_availability: Type.Array(
        Type.Object({
          subnet_id: Type.String(),
          subnet_name: Type.String(),
          cidr: Type.String(),
          ip_version: Type.Integer(),
          total_ips: Type.Integer(),
          used_ips: Type.Integer(),
        }),
      ),
    }),
  }),
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})
