import { Type } from 'typebox'
import { defineOperation, VPC_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Ipv4, NoQuery, PageQuery, PrivateIpParams, ProjectParams, SubnetParams, VPC } from './field.ts'

/** The address of a port, seen by itself: one id for both. */
const PrivateIp = Type.Object({
  id: Type.String(),
  subnet_id: Type.String(),
  ip_address: Type.String(),
  status: Type.Enum(['ACTIVE', 'DOWN']),
  device_owner: Type.String(),
  tenant_id: Type.String(),
})
const Some = Type.Object({ privateips: Type.Array(PrivateIp) })

export const createPrivateip = defineOperation({
  ...VPC,
  id: 'CreatePrivateip',
  method: 'POST',
  path: '/v1/{project_id}/privateips',
  summary: 'Reserve one or several addresses: all of them or none.',
  permission: action('vpc:privateIps:create', 'Write', 'privateIp'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      privateips: Type.Array(
        Type.Object({ subnet_id: Id, ip_address: Type.Optional(Ipv4) }, { additionalProperties: false }),
        { minItems: 1, maxItems: 100 },
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Some,
  errors: [
    ...VPC_CALLER_ERRORS,
    'http.too_large',
    'vpc.not_found',
    'vpc.address_taken',
    'vpc.addresses_exhausted',
    'vpc.quota_exceeded',
  ],
})

export const showPrivateip = defineOperation({
  ...VPC,
  id: 'ShowPrivateip',
  method: 'GET',
  path: '/v1/{project_id}/privateips/{privateip_id}',
  summary: 'Show a private IP.',
  permission: action('vpc:privateIps:get', 'Read', 'privateIp'),
  params: PrivateIpParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ privateip: PrivateIp }),
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

export const listPrivateips = defineOperation({
  ...VPC,
  id: 'ListPrivateips',
  method: 'GET',
  path: '/v1/{project_id}/subnets/{subnet_id}/privateips',
  summary: 'List the private IPs of a subnet, page by page.',
  permission: action('vpc:privateIps:list', 'List', 'privateIp'),
  params: SubnetParams,
  query: Type.Object(PageQuery),
  body: null,
  status: 200,
  response: Some,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

export const deletePrivateip = defineOperation({
  ...VPC,
  id: 'DeletePrivateip',
  method: 'DELETE',
  path: '/v1/{project_id}/privateips/{privateip_id}',
  summary: 'Give a private IP back.',
  permission: action('vpc:privateIps:delete', 'Write', 'privateIp'),
  params: PrivateIpParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found', 'vpc.port_in_use', 'vpc.port_opened'],
})
