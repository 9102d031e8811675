import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { VOLUME_TYPES } from '../fleet/server-group.ts'

const RootVolume = Type.Object(
  {
    type: Type.Enum([...VOLUME_TYPES]),
    size: Type.Integer({ minimum: 10, maximum: 32768, description: 'GB; a multiple of 10, at most 1024.' }),
    cluster_id: Type.Optional(Type.String({ maxLength: 255 })),
  },
  { additionalProperties: false },
)

const Nic = Type.Object(
  {
    subnet_id: Type.Optional(Type.String({ maxLength: 255 })),
    ip_address: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  },
  { additionalProperties: false },
)

const SchedulerHints = Type.Object(
  {
    dedicated_host_id: Type.Optional(Type.String({ maxLength: 255 })),
    tenancy: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  },
  { additionalProperties: false, description: 'Refused where it asks for something: there are no dedicated hosts.' },
)

const ExtendParam = Type.Object(
  {
    charging_mode: Type.Optional(
      Type.Enum(['prePaid', 'postPaid'], {
        default: 'postPaid',
        description: 'prePaid is refused: there is no billing.',
      }),
    ),
    period_type: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
    period_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
    is_auto_renew: Type.Optional(Type.Boolean({ default: false })),
    is_auto_pay: Type.Optional(Type.Boolean({ default: false })),
  },
  { additionalProperties: false },
)

const OfTheCaller = Type.Optional(
  Type.String({ maxLength: 64, description: 'For the records of the caller; without effect.' }),
)

/** Contract section 3.5. */
export const createAppServers = defineOperation({
  id: 'CreateAppServers',
  module: 'lifecycle',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/app-servers/actions/create',
  summary: 'Create servers of a group, one sub-job each.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:create',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:RequestTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [
      'ims:images:list',
      'ims:images:updateMemberStatus',
      'ims:images:share',
      'ims:images:get',
      'vpc:securityGroups:get',
      'vpc:securityGroupRules:get',
      'vpc:networks:get',
      'vpc:subnets:get',
      'vpc:ports:create',
      'vpc:ports:get',
      'vpc:ports:delete',
      'vpc:vpcs:get',
      'dss:pools:list',
    ],
  },
  params: ProjectParams,
  query: NoQuery,
  headers: Type.Object({ 'x-linked-id': OfTheCaller, 'service-transaction-id': OfTheCaller }),
  body: Type.Object(
    {
      type: Type.Enum(['createApps']),
      server_group_id: Type.String({ minLength: 1, maxLength: 128 }),
      product_id: Type.String({ minLength: 1, maxLength: 128 }),
      flavor_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      subscription_num: Type.Integer({ minimum: 1, maximum: 100, description: 'How many servers.' }),
      root_volume: RootVolume,
      vpc_id: Type.String({ minLength: 1, maxLength: 255 }),
      subnet_id: Type.String({ minLength: 1, maxLength: 255 }),
      availability_zone: Type.Optional(Type.String({ maxLength: 255 })),
      os_type: Type.Optional(Type.String({ maxLength: 32, description: 'That of the group, or left out.' })),
      ou_name: Type.Optional(Type.String({ maxLength: 255 })),
      update_access_agent: Type.Optional(
        Type.Boolean({ description: 'Without effect: a new host has the newest agent.' }),
      ),
      nics: Type.Optional(Type.Array(Nic, { maxItems: 5, description: 'Without effect, as published.' })),
      scheduler_hints: Type.Optional(SchedulerHints),
      create_server_extend_param: Type.Optional(ExtendParam),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({ job_id: Type.String({ description: 'For ShowJobDetail.' }) }),
  errors: [
    ...BODY_ERRORS,
    ...CALLER_ERRORS,
    'fleet.product_sold_out',
    'fleet.product_unknown',
    'fleet.quota_exhausted',
    'fleet.server_group_not_found',
    'fleet.tenant_inactive',
    'http.method_not_allowed',
    'lifecycle.addresses_short',
    'lifecycle.create_refused',
    'vpc.subnet_not_found',
  ],
  example: {
    body: {
      type: 'createApps',
      server_group_id: '5d2f0a7c-8e41-4b19-a6d3-3c9b7f1e2a64',
      product_id: 'workspace.appstream.general.xlarge.2',
      subscription_num: 2,
      root_volume: { type: 'SAS', size: 80 },
      vpc_id: '2b3c4d5e-6f7a-4b2c-9d3e-4f5a6b7c8d9e',
      subnet_id: '3c4d5e6f-7a8b-4c3d-8e4f-5a6b7c8d9e0f',
    },
    response: { job_id: '601234567890123776' },
  },
})
