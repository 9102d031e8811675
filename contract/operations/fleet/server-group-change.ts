import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery } from '../field.ts'
import {
  APP_TYPES,
  IMAGE_TYPES,
  IpVirtual,
  NAME,
  ServerGroupParams,
  STORAGE_MOUNT_POLICIES,
  VOLUME_TYPES,
} from './server-group-fields.ts'

/** Terraform sends all three numbers; 0 takes one away. */
const RoutePolicyChange = Type.Object(
  {
    max_session: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    cpu_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    mem_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  { additionalProperties: false },
)

const IpVirtualChange = Type.Object(IpVirtual.properties, {
  additionalProperties: false,
  description:
    'The wish of the group; its servers follow with batch-update-tsvi. Standby groups get it from their primary.',
  'x-berth': true,
})

const RT_EPS = ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId']

/** Contract section 4.3. Image, disk and OU are for servers that are created later. */
export const updateServerGroup = defineOperation({
  id: 'UpdateServerGroup',
  module: 'fleet',
  family: 'workspace',
  method: 'PATCH',
  path: '/v1/{project_id}/app-server-groups/{server_group_id}',
  summary:
    'Change a server group. app_type, storage_mount_policy and ip_virtual of a primary go to its standby groups.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:update',
    level: 'Write',
    resource: 'serverGroup',
    conditionKeys: RT_EPS,
    dependencies: ['ims:images:list'],
  },
  params: ServerGroupParams,
  query: NoQuery,
  body: Type.Object(
    {
      name: Type.Optional(
        Type.String({ maxLength: 64, pattern: NAME, description: '1 to 64 letters, digits, _, -, or CJK characters.' }),
      ),
      description: Type.Optional(Type.String({ maxLength: 255 })),
      image_id: Type.Optional(Type.String({ pattern: '^\\S{1,128}$' })),
      image_type: Type.Optional(Type.Enum([...IMAGE_TYPES])),
      image_product_id: Type.Optional(Type.String({ pattern: '^\\S{0,128}$' })),
      ou_name: Type.Optional(Type.String({ maxLength: 255 })),
      system_disk_type: Type.Optional(Type.Enum([...VOLUME_TYPES])),
      system_disk_size: Type.Optional(Type.Integer({ minimum: 10, maximum: 32768, description: 'GB' })),
      app_type: Type.Optional(Type.Enum([...APP_TYPES])),
      route_policy: Type.Optional(RoutePolicyChange),
      server_group_status: Type.Optional(Type.Boolean()),
      storage_mount_policy: Type.Optional(Type.Enum([...STORAGE_MOUNT_POLICIES])),
      ip_virtual: Type.Optional(IpVirtualChange),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [
    ...BODY_ERRORS,
    ...CALLER_ERRORS,
    'fleet.server_group_name_taken',
    'fleet.server_group_not_found',
    'fleet.server_group_refused',
    'http.method_not_allowed',
  ],
})

/** Contract section 4.3. */
export const deleteServerGroups = defineOperation({
  id: 'DeleteServerGroups',
  module: 'fleet',
  family: 'workspace',
  method: 'DELETE',
  path: '/v1/{project_id}/app-server-groups/{server_group_id}',
  summary: 'Delete a server group that has no servers. One that is not there counts as deleted.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:delete',
    level: 'Write',
    resource: 'serverGroup',
    conditionKeys: RT_EPS,
    dependencies: [],
  },
  params: ServerGroupParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: null,
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.server_group_in_use', 'http.method_not_allowed'],
})
