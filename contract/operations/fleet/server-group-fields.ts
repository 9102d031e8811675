import { Type } from 'typebox'
import { DateTime, ProjectParams } from '../field.ts'
import { ProductInfo, Tag } from './product-info.ts'
import { ScalingPolicy } from './scaling-policy-fields.ts'

export const IMAGE_TYPES = ['gold', 'public', 'private', 'shared', 'other'] as const
export const OS_TYPES = ['Linux', 'Windows', 'Other'] as const
export const VOLUME_TYPES = ['ESSD', 'SSD', 'GPSSD', 'SAS', 'SATA'] as const
export const APP_TYPES = ['COMMON_APP', 'SESSION_DESKTOP_APP'] as const
export const STORAGE_MOUNT_POLICIES = ['USER', 'SHARE', 'ANY'] as const

/** Terraform sends all three numbers and 0 for those that are not set. */
export const RoutePolicy = Type.Object(
  {
    max_session: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024 })),
    cpu_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    mem_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    gpu_threshold: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  { additionalProperties: false },
)

export const IpVirtual = Type.Object(
  { enable: Type.Boolean({ description: 'Give every session of the group its own address.' }) },
  { additionalProperties: false },
)

/** An extension that official clients neither send nor read. */
export const RebootPolicy = Type.Enum(['on_change', 'if_needed'], {
  default: 'on_change',
  description: 'on_change: an update reboots each server that it changes; if_needed: it is applied without (Linux).',
  'x-berth': true,
})

export const ServerGroupParams = Type.Object({
  ...ProjectParams.properties,
  server_group_id: Type.String({ minLength: 1, maxLength: 128 }),
})

/** What every list of groups tells (contract 4.4). */
export const BaseServerGroup = Type.Object({
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
  extra_session_type: Type.Optional(Type.Enum(['GPU', 'CPU'])),
  extra_session_size: Type.Optional(Type.Integer()),
  app_type: Type.Enum([...APP_TYPES]),
  create_time: DateTime,
  update_time: DateTime,
  storage_mount_policy: Type.Enum([...STORAGE_MOUNT_POLICIES]),
  enterprise_project_id: Type.String(),
  primary_server_group_ids: Type.Array(Type.String()),
  secondary_server_group_ids: Type.Array(Type.String()),
  server_group_status: Type.Boolean(),
  site_type: Type.String(),
  site_id: Type.String(),
})

export const ServerGroup = Type.Object({
  ...BaseServerGroup.properties,
  app_server_flavor_count: Type.Integer(),
  app_server_count: Type.Integer(),
  app_group_count: Type.Integer(),
  image_name: Type.String(),
  subnet_name: Type.String(),
  product_info: ProductInfo,
  scaling_policy: Type.Optional(ScalingPolicy),
  tags: Type.Array(Tag),
  ou_name: Type.String(),
})

export const NAME = '^[\\w\\u4e00-\\u9fa5-]{1,64}$'
