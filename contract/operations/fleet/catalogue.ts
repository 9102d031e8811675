import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { ProductInfo } from './product-info.ts'

/** The names of these actions are ours: none is published (contract 8.2). */
function listing<Action extends string>(action: Action) {
  return {
    action: `workspace:${action}` as const,
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  } as const
}

const ERRORS = ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'] as const

const Filter = Type.Optional(Type.String({ maxLength: 255 }))

/** Contract section 7.3. An empty value filters nothing. */
export const listProduct = defineOperation({
  id: 'ListProduct',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/product',
  summary: 'List the packages that servers can be of.',
  authentication: 'caller',
  permission: listing('products:list'),
  params: ProjectParams,
  query: Type.Object({
    product_id: Filter,
    flavor_id: Filter,
    availability_zone: Filter,
    os_type: Filter,
    charge_mode: Filter,
    architecture: Filter,
    package_type: Filter,
  }),
  body: null,
  status: 200,
  response: Type.Object({
    products: Type.Array(ProductInfo),
    availability_zone: Type.Optional(Type.String()),
    os_type: Type.Optional(Type.String()),
  }),
  errors: ERRORS,
})

const SessionTypes = Type.Object({
  session_types: Type.Array(
    Type.Object({
      resource_spec_code: Type.String(),
      session_type: Type.String(),
      resource_type: Type.String(),
      cloud_service_type: Type.String(),
    }),
  ),
})

const SESSION_TYPES = {
  session_types: [
    {
      resource_spec_code: 'workspace.appstreamsession.standard',
      session_type: 'CPU',
      resource_type: 'hws.resource.type.workspace.appstreamsession',
      cloud_service_type: 'hws.service.type.vdi',
    },
  ],
}

export const listSessionType = defineOperation({
  id: 'ListSessionType',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/session-type',
  summary: 'List the kinds of extra sessions.',
  authentication: 'caller',
  permission: listing('sessionTypes:list'),
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: SessionTypes,
  errors: ERRORS,
  example: { response: SESSION_TYPES },
})

/** The older form of ListSessionType. */
export const showSessionTypes = defineOperation({
  id: 'ShowSessionTypes',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  isRead: true,
  path: '/v1/{project_id}/session-type',
  summary: 'List the kinds of extra sessions; ListSessionType does the same.',
  authentication: 'caller',
  permission: listing('sessionTypes:list'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    { session_type: Filter, resource_spec_code: Filter, resource_type: Filter, cloud_service_type: Filter },
    { additionalProperties: false },
  ),
  status: 200,
  response: SessionTypes,
  errors: [...BODY_ERRORS, ...ERRORS],
  example: { body: { session_type: 'CPU' }, response: SESSION_TYPES },
})

const AvailabilityZone = Type.Object({
  availability_zone: Type.String(),
  display_name: Type.String(),
  i18n: Type.Object({ en_us: Type.String(), zh_cn: Type.String() }),
  sold_out: Type.Object({ products: Type.Array(Type.String()) }),
  product_ids: Type.Array(Type.String(), { description: 'Packages that can be had in the zone.' }),
  visible: Type.Boolean(),
  default_availability_zone: Type.Boolean(),
})

const ZONE = {
  availability_zone: 'az1',
  display_name: 'az1',
  i18n: { en_us: 'AZ1', zh_cn: '可用区1' },
  sold_out: { products: [] },
  product_ids: ['workspace.appstream.general.xlarge.2'],
  visible: true,
  default_availability_zone: true,
}

/** Contract section 7.3: the total has a name of its own here, and there are no pages. */
export const listAvailabilityZone = defineOperation({
  id: 'ListAvailabilityZone',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/availability-zone',
  summary: 'List availability zones.',
  authentication: 'caller',
  permission: listing('availabilityZones:list'),
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ availability_zones: Type.Array(AvailabilityZone), total_count: Type.Integer() }),
  errors: ERRORS,
  example: { response: { availability_zones: [ZONE], total_count: 1 } },
})

export const listAz = defineOperation({
  id: 'ListAz',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/availability-zone/summary',
  summary: 'List availability zones by the type of their site.',
  authentication: 'caller',
  permission: listing('availabilityZones:listSummary'),
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    azs: Type.Record(Type.String(), Type.Array(AvailabilityZone)),
    default_type: Type.String(),
    support_type: Type.Array(Type.String()),
  }),
  errors: ERRORS,
  example: { response: { azs: { CENTER: [ZONE] }, default_type: 'CENTER', support_type: ['CENTER'] } },
})

export const listVolumeType = defineOperation({
  id: 'ListVolumeType',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/volume-type',
  summary: 'List the types of disks.',
  authentication: 'caller',
  permission: listing('volumeTypes:list'),
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    volume_types: Type.Array(
      Type.Object({
        volume_type: Type.String(),
        resource_spec_code: Type.String(),
        resource_type: Type.String(),
        cloud_service_type: Type.String(),
        volume_product_type: Type.String(),
        name: Type.Array(Type.Object({ language: Type.String(), value: Type.String() })),
        volume_type_extra_specs: Type.Object({
          availability_zone: Type.String({ description: 'Zones, with commas between them.' }),
          sold_out_availability_zone: Type.String(),
        }),
      }),
    ),
  }),
  errors: ERRORS,
})
