import { Type } from 'typebox'
import { defineOperation, VPC_CALLER_ERRORS } from '../../operation.ts'
import {
  action,
  Cidr,
  creation,
  Description,
  Moment,
  Name64,
  NoQuery,
  PageQuery,
  ProjectParams,
  TagTexts,
  VPC,
  VpcParams,
} from './field.ts'

const Vpc = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  cidr: Type.String(),
  status: Type.Enum(['CREATING', 'OK', 'ERROR']),
  enterprise_project_id: Type.String(),
  routes: Type.Array(Type.Object({ destination: Type.String(), nexthop: Type.String() })),
  tenant_id: Type.String(),
  created_at: Moment,
  updated_at: Moment,
  block_service_endpoint_states: Type.String(),
  enable_network_address_usage_metrics: Type.Boolean(),
})
const One = Type.Object({ vpc: Vpc })

const Written = {
  description: Type.Optional(Description),
}

/** Asks for nothing that could be had: only the value that is true anyway. */
const SWITCHED_OFF = {
  block_service_endpoint_states: Type.Optional(Type.Enum(['off', ''], { description: 'There are no such endpoints.' })),
  enable_network_address_usage_metrics: Type.Optional(Type.Boolean({ description: 'Taken and not acted on.' })),
}

export const createVpc = defineOperation({
  ...VPC,
  id: 'CreateVpc',
  method: 'POST',
  path: '/v1/{project_id}/vpcs',
  summary: 'Create a VPC.',
  permission: creation('vpc:vpcs:create', 'vpc'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      vpc: Type.Object(
        {
          name: Type.Optional(Name64(0)),
          cidr: Cidr,
          ...Written,
          enterprise_project_id: Type.Optional(Type.String({ maxLength: 36, default: '0' })),
          tags: Type.Optional(TagTexts),
          ...SWITCHED_OFF,
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'http.too_large', 'vpc.not_found', 'vpc.name_taken', 'vpc.quota_exceeded'],
  example: {
    body: { vpc: { name: 'apps', cidr: '10.20.0.0/16', description: 'Session hosts' } },
    response: {
      vpc: {
        id: '99d9d709-8478-4b46-9f3f-2206b1023fd3',
        name: 'apps',
        description: 'Session hosts',
        cidr: '10.20.0.0/16',
        status: 'OK',
        enterprise_project_id: '0',
        routes: [],
        tenant_id: '0123456789abcdef0123456789abcdef',
        created_at: '2026-05-21T08:00:00Z',
        updated_at: '2026-05-21T08:00:00Z',
        block_service_endpoint_states: 'off',
        enable_network_address_usage_metrics: false,
      },
    },
  },
})

export const showVpc = defineOperation({
  ...VPC,
  id: 'ShowVpc',
  method: 'GET',
  path: '/v1/{project_id}/vpcs/{vpc_id}',
  summary: 'Show a VPC.',
  permission: action('vpc:vpcs:get', 'Read', 'vpc'),
  params: VpcParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

/** The third generation of the same, which Terraform reads for further blocks: there are none here. */
export const showVpcV3 = defineOperation({
  ...VPC,
  id: 'ShowVpcV3',
  method: 'GET',
  path: '/v3/{project_id}/vpc/vpcs/{vpc_id}',
  summary: 'Show a VPC with its tags, as version 3 does.',
  permission: action('vpc:vpcs:get', 'Read', 'vpc'),
  params: VpcParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    request_id: Type.String(),
    vpc: Type.Object({
      id: Type.String(),
      name: Type.String(),
      description: Type.String(),
      cidr: Type.String(),
      extend_cidrs: Type.Array(Type.String()),
      status: Type.Enum(['PENDING', 'ACTIVE']),
      enterprise_project_id: Type.String(),
      project_id: Type.String(),
      cloud_resources: Type.Array(Type.Object({ resource_type: Type.String(), resource_count: Type.Integer() })),
      tags: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })),
      created_at: Moment,
      updated_at: Moment,
      block_service_endpoint_states: Type.String(),
      enable_network_address_usage_metrics: Type.Boolean(),
    }),
  }),
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found'],
})

export const listVpcs = defineOperation({
  ...VPC,
  id: 'ListVpcs',
  method: 'GET',
  path: '/v1/{project_id}/vpcs',
  summary: 'List the VPCs of the project, page by page.',
  permission: action('vpc:vpcs:list', 'List', 'vpc'),
  params: ProjectParams,
  query: Type.Object({
    ...PageQuery,
    id: Type.Optional(Type.String({ maxLength: 128 })),
    enterprise_project_id: Type.Optional(
      Type.String({ maxLength: 36, description: '0 is the default one; all_granted_eps filters nothing.' }),
    ),
  }),
  body: null,
  status: 200,
  response: Type.Object({ vpcs: Type.Array(Vpc) }),
  errors: VPC_CALLER_ERRORS,
})

export const updateVpc = defineOperation({
  ...VPC,
  id: 'UpdateVpc',
  method: 'PUT',
  path: '/v1/{project_id}/vpcs/{vpc_id}',
  summary: 'Change name, description or block of a VPC; its subnets must stay inside.',
  permission: action('vpc:vpcs:update', 'Write', 'vpc'),
  params: VpcParams,
  query: NoQuery,
  body: Type.Object(
    {
      vpc: Type.Object(
        {
          name: Type.Optional(Name64(0)),
          cidr: Type.Optional(Cidr),
          ...Written,
          routes: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0, description: 'There are no routes here.' })),
          ...SWITCHED_OFF,
        },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: One,
  errors: [...VPC_CALLER_ERRORS, 'http.too_large', 'vpc.not_found', 'vpc.name_taken', 'vpc.subnet_outside'],
})

export const deleteVpc = defineOperation({
  ...VPC,
  id: 'DeleteVpc',
  method: 'DELETE',
  path: '/v1/{project_id}/vpcs/{vpc_id}',
  summary: 'Delete a VPC that has no subnet left.',
  permission: action('vpc:vpcs:delete', 'Write', 'vpc'),
  params: VpcParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...VPC_CALLER_ERRORS, 'vpc.not_found', 'vpc.vpc_in_use'],
})
