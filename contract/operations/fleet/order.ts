import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const Id = Type.String({ minLength: 1, maxLength: 255 })
const Text = Type.Optional(Type.String({ maxLength: 255 }))
/** What nothing is read of. */
const Anything = Type.Object({})

const Services = Type.Object({
  product_id: Type.String({ minLength: 1, maxLength: 128 }),
  server_group_id: Type.String({ minLength: 1, maxLength: 128 }),
  root_volume: Anything,
  vpc_id: Id,
  subnet_id: Id,
  availability_zone: Text,
})

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
  body: Type.Object({
    type: Type.Enum(['createApps']),
    resources: Type.Array(
      Type.Object({
        create_services: Type.Optional(Services),
        subscription_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        period_type: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
        period_num: Type.Optional(Type.Integer({ minimum: 1, maximum: 2147483647 })),
        is_auto_renew: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })),
      }),
      { minItems: 1, maxItems: 1 },
    ),
  }),
  status: 200,
  response: Type.Object({ order_id: Type.String() }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'fleet.no_orders', 'http.method_not_allowed'],
})
