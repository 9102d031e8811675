import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { DateTime, NoQuery, ProjectParams } from '../field.ts'
import { Flavor, ProductInfo, Tag } from './product-info.ts'

export const IMAGE_TYPES = ['gold', 'public', 'private', 'shared', 'other'] as const
export const OS_TYPES = ['Linux', 'Windows', 'Other'] as const
export const VOLUME_TYPES = ['ESSD', 'SSD', 'GPSSD', 'SAS', 'SATA'] as const
export const APP_TYPES = ['COMMON_APP', 'SESSION_DESKTOP_APP'] as const

/** Terraform sends all three numbers and 0 for those that are not set. */
const RoutePolicy = Type.Object(
  {
    max_session: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024 })),
    cpu_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    mem_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    gpu_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  { additionalProperties: false },
)

const IpVirtual = Type.Object(
  { enable: Type.Boolean({ description: 'Give every session of the group its own address.' }) },
  { additionalProperties: false },
)

/** An extension that official clients neither send nor read. */
const RebootPolicy = Type.Enum(['on_change', 'if_needed'], {
  default: 'on_change',
  description: 'on_change: an update reboots each server that it changes; if_needed: it is applied without (Linux).',
  'x-berth': true,
})

const ServerGroup = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.String(),
  image_id: Type.String(),
  os_type: Type.Enum([...OS_TYPES]),
  product_id: Type.String(),
  subnet_id: Type.String(),
  system_disk_type: Type.Enum([...VOLUME_TYPES]),
  system_disk_size: Type.Integer(),
  is_vdi: Type.Boolean(),
  extra_session_type: Type.Optional(Type.String()),
  extra_session_size: Type.Optional(Type.Integer()),
  app_type: Type.Enum([...APP_TYPES]),
  create_time: DateTime,
  update_time: DateTime,
  storage_mount_policy: Type.String(),
  enterprise_project_id: Type.String(),
  primary_server_group_ids: Type.Array(Type.String()),
  secondary_server_group_ids: Type.Array(Type.String()),
  server_group_status: Type.Boolean(),
  site_type: Type.String(),
  site_id: Type.String(),
  app_server_flavor_count: Type.Integer(),
  app_server_count: Type.Integer(),
  app_group_count: Type.Integer(),
  image_name: Type.String(),
  subnet_name: Type.String(),
  product_info: ProductInfo,
  tags: Type.Array(Tag),
  ou_name: Type.String(),
})

const NAME = '^[\\w\\u4e00-\\u9fa5-]{1,64}$'

/** Contract section 4.1. `ip_virtual` can be set here only. */
export const createServerGroup = defineOperation({
  id: 'CreateServerGroup',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/app-server-groups',
  summary: 'Create a server group.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:create',
    level: 'Write',
    resource: 'serverGroup',
    conditionKeys: ['g:RequestTag/<tag-key>', 'g:TagKeys', 'g:EnterpriseProjectId'],
    dependencies: ['ims:images:list', 'vpc:ports:get', 'vpc:subnets:get'],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      name: Type.String({ pattern: NAME, description: '1 to 64 letters, digits, _, -, or CJK characters.' }),
      image_id: Type.String({ pattern: '^\\S{1,128}$' }),
      image_type: Type.Enum([...IMAGE_TYPES]),
      image_product_id: Type.Optional(Type.String({ pattern: '^\\S{0,128}$' })),
      os_type: Type.Enum([...OS_TYPES]),
      product_id: Type.String({ minLength: 1, maxLength: 128 }),
      flavor_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
      vpc_id: Type.String({ minLength: 1, maxLength: 128 }),
      subnet_id: Type.String({ minLength: 1, maxLength: 128 }),
      system_disk_type: Type.Enum([...VOLUME_TYPES]),
      system_disk_size: Type.Integer({ minimum: 10, maximum: 32768, description: 'GB' }),
      is_vdi: Type.Optional(Type.Boolean({ default: false })),
      description: Type.Optional(Type.String({ maxLength: 255 })),
      availability_zone: Type.Optional(Type.String({ maxLength: 255 })),
      cluster_id: Type.Optional(Type.String({ maxLength: 255 })),
      ou_name: Type.Optional(Type.String({ maxLength: 255 })),
      app_type: Type.Optional(Type.Enum([...APP_TYPES])),
      extra_session_type: Type.Optional(Type.Enum(['GPU', 'CPU'])),
      extra_session_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
      route_policy: Type.Optional(RoutePolicy),
      ip_virtual: Type.Optional(IpVirtual),
      reboot_policy: Type.Optional(RebootPolicy),
      primary_server_group_id: Type.Optional(Type.String({ maxLength: 128 })),
      server_group_status: Type.Optional(Type.Boolean({ default: true })),
      enterprise_project_id: Type.Optional(Type.String({ maxLength: 128 })),
      tags: Type.Optional(Type.Array(Tag, { maxItems: 20 })),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: ServerGroup,
  errors: [
    ...BODY_ERRORS,
    ...CALLER_ERRORS,
    'fleet.enterprise_project_not_found',
    'fleet.product_unknown',
    'fleet.server_group_name_taken',
    'fleet.server_group_not_found',
    'fleet.server_group_refused',
    'http.method_not_allowed',
    'vpc.subnet_not_found',
  ],
})

/** Contract section 4.3 and 4.4: the only read that returns `ip_virtual`. */
export const showServerGroup = defineOperation({
  id: 'ShowServerGroup',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-groups/{server_group_id}',
  summary: 'Show a server group.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:get',
    level: 'Read',
    resource: 'serverGroup',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: Type.Object({ ...ProjectParams.properties, server_group_id: Type.String({ minLength: 1, maxLength: 128 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    ...ServerGroup.properties,
    flavors: Type.Array(Flavor),
    project_name: Type.String(),
    image_min_disk: Type.Integer(),
    route_policy: RoutePolicy,
    image_product_id: Type.String(),
    image_type: Type.String(),
    ip_virtual: IpVirtual,
    reboot_policy: RebootPolicy,
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.server_group_not_found', 'http.method_not_allowed'],
})
