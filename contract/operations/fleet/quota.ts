import { Type } from 'typebox'
import { CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

export const QUOTA_TYPES = ['INSTANCES', 'VOLUME_GIGABYTES', 'VOLUMES', 'CORES', 'MEMORY', 'GPU_INSTANCES'] as const
export type QuotaType = (typeof QUOTA_TYPES)[number]

const PERMISSION = {
  action: 'workspace:quotas:get',
  level: 'Read',
  resource: null,
  conditionKeys: [],
  dependencies: [],
} as const

/** Contract section 7.3. Memory is in MB. */
export const checkQuota = defineOperation({
  id: 'CheckQuota',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/check/quota',
  summary: 'Say whether the quota of the project is enough for more servers of a package.',
  authentication: 'caller',
  permission: PERMISSION,
  params: ProjectParams,
  query: Type.Object({
    product_id: Type.String({ minLength: 1, maxLength: 255 }),
    flavor_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    subscription_num: Type.Integer({ minimum: 1, maximum: 100, description: 'Servers.' }),
    disk_size: Type.Integer({ minimum: 10, maximum: 328704, description: 'GB of all disks of one server.' }),
    disk_num: Type.Integer({ minimum: 1, maximum: 11, description: 'Disks of one server.' }),
    is_period: Type.Optional(Type.Enum(['true', 'false'])),
    deh_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    cluster_id: Type.Optional(Type.String({ maxLength: 255 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    is_enough: Type.Boolean(),
    quota_remainder: Type.Array(
      Type.Object({ type: Type.Enum([...QUOTA_TYPES]), remainder: Type.Integer(), need: Type.Integer() }),
    ),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.product_unknown', 'http.method_not_allowed'],
  example: { response: { is_enough: true, quota_remainder: [{ type: 'INSTANCES', remainder: 998, need: 1 }] } },
})

/** Of the desktop service, as far as clients of this one read it. */
export const showQuotas = defineOperation({
  id: 'ShowQuotas',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v2/{project_id}/quotas',
  summary: 'Show what the project may have, and what it has.',
  authentication: 'caller',
  permission: PERMISSION,
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    quotas: Type.Object({
      resources: Type.Array(
        Type.Object({
          type: Type.Enum([...QUOTA_TYPES]),
          quota: Type.Integer(),
          used: Type.Integer(),
          unit: Type.Optional(Type.String()),
        }),
      ),
    }),
    site_quotas: Type.Array(Type.Object({})),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: { response: { quotas: { resources: [{ type: 'INSTANCES', quota: 1000, used: 2 }] }, site_quotas: [] } },
})
