import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { VOLUME_TYPES } from './server-group-fields.ts'

const Id = Type.String({ minLength: 1, maxLength: 255 })
const Text = Type.Optional(Type.String({ maxLength: 255 }))
const closed = { additionalProperties: false } as const

const Volume = Type.Object(
  {
    type: Type.Enum([...VOLUME_TYPES]),
    size: Type.Integer({ minimum: 10, maximum: 32768, description: 'GB' }),
    cluster_id: Text,
  },
  closed,
)

const Services = Type.Object(
  {
    product_id: Type.String({ minLength: 1, maxLength: 128 }),
    flavor_id: Type.Optional(Id),
    server_group_id: Type.String({ minLength: 1, maxLength: 128 }),
    availability_zone: Text,
    os_type: Type.Optional(Type.String({ maxLength: 32 })),
    ou_name: Text,
    root_volume: Volume,
    data_volumes: Type.Optional(Type.Array(Volume, { maxItems: 255 })),
    vpc_id: Id,
    subnet_id: Id,
    nics: Type.Optional(
      Type.Array(Type.Object({ subnet_id: Text, ip_address: Type.Optional(Id) }, closed), { maxItems: 5 }),
    ),
    security_groups: Type.Optional(
      Type.Array(Type.Object({ id: Text, name: Type.Optional(Type.String({ maxLength: 55 })) }, closed), {
        maxItems: 5,
      }),
    ),
    service_type: Type.Optional(Type.String({ maxLength: 50 })),
    // said to be mandatory, and described in the resource around it only
    subscription_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    update_access_agent: Type.Optional(Type.Boolean({ default: false })),
  },
  closed,
)

const Resource = Type.Object(
  {
    create_services: Services,
    subscription_num: Type.Integer({ minimum: 1, maximum: 100, description: 'Servers.' }),
    add_volumes: Type.Optional(
      Type.Object({ service_id: Id, volumes: Type.Array(Volume, { minItems: 1, maxItems: 10 }) }, closed),
    ),
    cloud_service_console_url: Type.Optional(Id),
    period_type: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
    period_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
    is_auto_renew: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })),
  },
  closed,
)

/** Contract section 7: prepaid. Berth has no billing, so that a right request is answered with `fleet.no_orders`. */
export const createOrder = defineOperation({
  id: 'CreateOrder',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/bundles/subscribe/order',
  summary: 'Order prepaid servers: refused, because nothing is sold here. CreateAppServers creates them.',
  authentication: 'caller',
  // the name is ours: none is published
  permission: {
    action: 'workspace:orders:create',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    { type: Type.Enum(['createApps']), resources: Type.Array(Resource, { minItems: 1, maxItems: 1 }) },
    closed,
  ),
  status: 200,
  response: Type.Object({ order_id: Type.String() }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'fleet.no_orders', 'http.method_not_allowed'],
  availability: 'refused',
  example: {
    body: {
      type: 'createApps',
      resources: [
        {
          subscription_num: 3,
          period_type: 2,
          period_num: 1,
          create_services: {
            product_id: 'workspace.appstream.general.xlarge.2',
            server_group_id: '5d2f0a7c-8e41-4b19-a6d3-3c9b7f1e2a64',
            root_volume: { type: 'SAS', size: 80 },
            vpc_id: '2b3c4d5e-6f7a-4b2c-9d3e-4f5a6b7c8d9e',
            subnet_id: '3c4d5e6f-7a8b-4c3d-8e4f-5a6b7c8d9e0f',
          },
        },
      ],
    },
    response: { order_id: 'CS2310081912FP1MC' },
  },
})
