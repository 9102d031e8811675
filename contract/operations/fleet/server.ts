import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { DateTime, Limit, NoQuery, Offset, ProjectParams } from '../field.ts'
import { JOB_STATUSES, JOB_TYPES } from '../jobs/job.ts'
import { Flavor, ProductInfo, Tag } from './product-info.ts'

export const SERVER_STATUSES = ['UNREGISTER', 'REGISTERED', 'MAINTAINING', 'FREEZE', 'STOPPED', 'NONE'] as const
export type ServerStatus = (typeof SERVER_STATUSES)[number]

export const VM_STATUSES = [
  'BUILD',
  'BUILD_FAIL',
  'REBOOT',
  'HARD_REBOOT',
  'REBUILD',
  'REBUILD_FAIL',
  'MIGRATING',
  'RESIZE',
  'ACTIVE',
  'SHUTOFF',
  'REVERT_RESIZE',
  'VERIFY_RESIZE',
  'ERROR',
  'DELETING',
  'FREEZE',
  'BUILD_IMAGE',
  'BUILD_SNAPSHOT',
  'RESTORE_SNAPSHOT',
  'null',
] as const
export type VmStatus = (typeof VM_STATUSES)[number]

export const TASK_STATUSES = [
  'scheduling',
  'block_device_mapping',
  'networking',
  'spawning',
  'updating_sid',
  'rebooting',
  'reboot_pending',
  'reboot_started',
  'rebooting_hard',
  'reboot_pending_hard',
  'reboot_started_hard',
  'rebuilding',
  'rebuild_fail',
  'rebuild_block_device_mapping',
  'rebuild_spawning',
  'updating_tsvi',
  'updating_tsvi_failed',
  'migrating',
  'migrate_failed',
  'resize_prep',
  'resize_migrating',
  'resize_migrated',
  'resize_finish',
  'resize_reverting',
  'powering-off',
  'powering-on',
  'deleting',
  'delete_failed',
  'source_locking',
  'rejoining_domain',
  'upgrading_access_agent',
  'upgrad_access_agent_fail',
  'upgrad_access_agent_success',
  'build_image',
  'build_snapshot',
  'restore_snapshot',
  'installing_app',
  'install_app_failed',
  'null',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

const HostAddress = Type.Object({
  addr: Type.String(),
  version: Type.Integer(),
  'OS-EXT-IPS-MAC:mac_addr': Type.String(),
  'OS-EXT-IPS:port_id': Type.String(),
  'OS-EXT-IPS:type': Type.String(),
  vpc_id: Type.String(),
  subnet_id: Type.String(),
  tenant_type: Type.String(),
})

/** Contract section 3.2; `null` is the four-letter string. */
const Server = Type.Object({
  id: Type.String(),
  name: Type.String(),
  machine_name: Type.String(),
  description: Type.String(),
  server_group_id: Type.String(),
  server_group_name: Type.String(),
  flavor: Flavor,
  status: Type.Enum([...SERVER_STATUSES]),
  vm_status: Type.Enum([...VM_STATUSES]),
  task_status: Type.Enum([...TASK_STATUSES]),
  create_time: DateTime,
  update_time: DateTime,
  image_id: Type.String(),
  availability_zone: Type.String(),
  domain: Type.String(),
  ou_name: Type.String(),
  sid: Type.String(),
  instance_id: Type.String(),
  os_type: Type.String(),
  os_version: Type.String(),
  order_id: Type.String(),
  maintain_status: Type.Boolean(),
  scaling_auto_create: Type.Boolean(),
  job_id: Type.Optional(Type.String()),
  job_type: Type.Optional(Type.Enum([...JOB_TYPES])),
  job_status: Type.Optional(Type.Enum([...JOB_STATUSES])),
  job_time: Type.Optional(DateTime),
  resource_pool_id: Type.String(),
  resource_pool_type: Type.String(),
  product_info: ProductInfo,
  metadata: Type.Record(Type.String(), Type.String()),
  session_count: Type.Integer(),
  freeze: Type.Array(Type.Object({ scene: Type.String(), effect: Type.Integer() })),
  host_address: Type.Array(HostAddress),
  enterprise_project_id: Type.String(),
  tags: Type.Array(Tag),
})

const Volume = Type.Object({ type: Type.String(), size: Type.Integer({ description: 'GB' }) })

const Address = Type.Object({
  addr: Type.String(),
  version: Type.String({ description: '4 or 6.' }),
  'OS-EXT-IPS-MAC:mac_addr': Type.String(),
  'OS-EXT-IPS:port_id': Type.String(),
  'OS-EXT-IPS:type': Type.String(),
})

/** What ShowServer alone tells. */
const ServerDetail = Type.Object({
  ...Server.properties,
  addresses: Type.Record(Type.String(), Type.Array(Address), { description: 'By the id of the VPC.' }),
  root_volume: Volume,
  data_volumes: Type.Array(Volume, { description: 'None: a server has its system disk only.' }),
  security_groups: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), {
    description: 'None: there are no security groups.',
  }),
})

const TrueOrFalse = Type.Optional(Type.Enum(['true', 'false']))

/** Contract section 3.4. Names and addresses match in part, ids exactly. */
export const listServers = defineOperation({
  id: 'ListServers',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers',
  summary: 'List servers, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:list',
    level: 'List',
    resource: 'server',
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    offset: Offset,
    limit: Limit,
    server_group_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    server_name: Type.Optional(Type.String({ maxLength: 1024 })),
    machine_name: Type.Optional(Type.String({ maxLength: 1024 })),
    ip_addr: Type.Optional(Type.String({ maxLength: 64 })),
    server_id: Type.Optional(Type.String({ maxLength: 128 })),
    maintain_status: TrueOrFalse,
    scaling_auto_create: TrueOrFalse,
  }),
  body: null,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(Server) }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})

/** Contract section 3.4. */
export const showServer = defineOperation({
  id: 'ShowServer',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-servers/{server_id}',
  summary: 'Show a server.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:get',
    level: 'Read',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: Type.Object({ ...ProjectParams.properties, server_id: Type.String({ minLength: 1, maxLength: 128 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: ServerDetail,
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.server_not_found', 'http.method_not_allowed'],
})
