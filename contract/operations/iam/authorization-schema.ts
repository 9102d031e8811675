import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

const Texts = Type.Array(Type.String())
const Description = Type.Object({ en_US: Type.String(), zh_CN: Type.String() })

const family = { module: 'iam', family: 'iam.v5', authentication: 'caller', permission: null } as const

/** What authors of policies look up: which services there are, and what each lets be granted. */
export const listRegisteredServicesV5 = defineOperation({
  ...family,
  id: 'ListRegisteredServicesForAuthSchemaV5',
  method: 'GET',
  path: '/v5/authorization-schemas/registered-services',
  summary: 'List the services whose actions can be granted.',
  params: Type.Object({}),
  query: Type.Object(MarkerQuery),
  body: null,
  status: 200,
  response: Type.Object({ service_codes: Texts, page_info: PageInfo }),
  errors: IAM_CALLER_ERRORS,
})

export const getAuthorizationSchemaV5 = defineOperation({
  ...family,
  id: 'GetAuthorizationSchemaV5',
  method: 'GET',
  path: '/v5/authorization-schemas/services/{service_code}',
  summary: 'Show the actions, resources, condition keys and operations of a service.',
  params: Type.Object({ service_code: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }) }),
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({
    version: Type.String(),
    actions: Type.Array(
      Type.Object({
        name: Type.String(),
        access_level: Type.Enum(['list', 'read', 'write', 'permission_management', 'tagging']),
        permission_only: Type.Boolean({ description: 'No operation has this action as its own.' }),
        description: Description,
        aliases: Texts,
        resources: Type.Array(
          Type.Object({ urn_template: Type.String(), required: Type.Boolean(), condition_keys: Texts }),
        ),
        condition_keys: Texts,
      }),
    ),
    resources: Type.Array(Type.Object({ type_name: Type.String(), urn_template: Type.String() })),
    conditions: Type.Array(
      Type.Object({
        key: Type.String(),
        value_type: Type.Enum(['string', 'numeric', 'date', 'boolean', 'ip_address']),
        multi_valued: Type.Boolean(),
        description: Description,
      }),
    ),
    operations: Type.Array(
      Type.Object({ operation_id: Type.String(), operation_action: Type.String(), dependent_actions: Texts }),
    ),
  }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})
