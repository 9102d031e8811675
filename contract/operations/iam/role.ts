import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS, type Permission } from '../../operation.ts'
import { Links } from './field.ts'
import { Id } from './identity-policy-fields.ts'

const Text = Type.Optional(Type.String({ maxLength: 255 }))

/** Roles and policies as every listing of them shows them. */
export const Role = Type.Object({
  id: Type.String(),
  name: Type.String({ description: 'The internal name.' }),
  display_name: Type.String(),
  type: Type.Enum(['AX', 'XA', 'AA', 'XX']),
  catalog: Type.String(),
  description: Type.String(),
  description_cn: Type.String(),
  domain_id: Type.Union([Type.Null(), Type.String()], { description: 'Null for those of the system.' }),
  flag: Type.Optional(Type.String({ description: '`fine_grained` for policies of the system.' })),
  policy: Type.Unknown({ description: 'The document.' }),
  created_time: Type.String({ description: 'Milliseconds since 1970.' }),
  updated_time: Type.String(),
  links: Type.Object({ self: Type.String() }),
})

const Page = {
  page: Type.Optional(Type.Integer({ minimum: 1 })),
  per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 300 })),
}

const RoleParams = Type.Object({ role_id: Id })
const Roles = Type.Object({ roles: Type.Array(Role), links: Links, total_number: Type.Integer() })
const OneRole = Type.Object({ role: Role })

function rolePermission(operation: string, level: Permission['level']): Permission {
  return { action: `iam:roles:${operation}`, level, resource: null, conditionKeys: [], dependencies: [] }
}

const system = { module: 'iam', family: 'iam.v3', authentication: 'caller', body: null, status: 200 } as const
const custom = { module: 'iam', family: 'iam.v3.0', authentication: 'caller' } as const

/** IAM reference, section 3.8: the roles and policies of the system; with `domain_id` those of the account. */
export const listPermissions = defineOperation({
  ...system,
  id: 'KeystoneListPermissions',
  method: 'GET',
  path: '/v3/roles',
  summary: 'List the roles and policies of the system, or with domain_id those of the account.',
  permission: rolePermission('listRoles', 'List'),
  params: Type.Object({}),
  query: Type.Object({
    ...Page,
    name: Text,
    domain_id: Text,
    display_name: Text,
    catalog: Text,
    permission_type: Type.Optional(Type.Enum(['policy', 'role'])),
    type: Type.Optional(Type.Enum(['domain', 'project', 'all'])),
  }),
  response: Roles,
  errors: IAM_CALLER_ERRORS,
})

export const showPermission = defineOperation({
  ...system,
  id: 'KeystoneShowPermission',
  method: 'GET',
  path: '/v3/roles/{role_id}',
  summary: 'Show a role or policy of the system or of the account.',
  permission: rolePermission('getRole', 'Read'),
  params: RoleParams,
  query: Type.Object({}),
  response: OneRole,
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

export const listCustomPolicies = defineOperation({
  ...custom,
  id: 'ListCustomPolicies',
  method: 'GET',
  path: '/v3.0/OS-ROLE/roles',
  summary: 'List the custom policies of the account.',
  permission: rolePermission('listRoles', 'List'),
  params: Type.Object({}),
  query: Type.Object(Page),
  body: null,
  status: 200,
  response: Roles,
  errors: IAM_CALLER_ERRORS,
})

export const showCustomPolicy = defineOperation({
  ...custom,
  id: 'ShowCustomPolicy',
  method: 'GET',
  path: '/v3.0/OS-ROLE/roles/{role_id}',
  summary: 'Show a custom policy of the account.',
  permission: rolePermission('getRole', 'Read'),
  params: RoleParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: OneRole,
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

const DisplayName = Type.String({ minLength: 1, maxLength: 128 })
const CustomType = Type.Enum(['AX', 'XA'], { description: 'AX for global services, XA for those of projects.' })
const Description = Type.String({ maxLength: 256 })
const PolicyDocument = Type.Unknown({ description: 'The document, Version 1.1 (IAM reference, section 3.2).' })

const WRITE_ERRORS = [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.policy_invalid', 'iam.conflict'] as const

export const createCustomPolicy = defineOperation({
  ...custom,
  id: 'CreateCloudServiceCustomPolicy',
  method: 'POST',
  path: '/v3.0/OS-ROLE/roles',
  summary: 'Create a custom policy.',
  permission: rolePermission('createRole', 'Write'),
  params: Type.Object({}),
  query: Type.Object({}),
  body: Type.Object({
    role: Type.Object({
      display_name: DisplayName,
      type: CustomType,
      description: Description,
      description_cn: Type.Optional(Description),
      policy: PolicyDocument,
    }),
  }),
  status: 201,
  response: OneRole,
  errors: WRITE_ERRORS,
  example: {
    body: {
      role: {
        display_name: 'Session addresses',
        type: 'XA',
        description: 'May bring virtual session addresses in line.',
        policy: {
          Version: '1.1',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['workspace:server:batchUpdateTsvi', 'vpc:subnets:get', 'vpc:ports:update'],
            },
          ],
        },
      },
    },
    response: {
      role: {
        id: '93879fd90f1046f69e6e0b31c94d2615',
        name: 'custom_d78cbac186b744899480f25bd022f468_93879fd90f1046f69e6e0b31c94d2615',
        display_name: 'Session addresses',
        type: 'XA',
        catalog: 'CUSTOMED',
        description: 'May bring virtual session addresses in line.',
        description_cn: '',
        domain_id: 'd78cbac186b744899480f25bd022f468',
        policy: { Version: '1.1', Statement: [] },
        created_time: '1779350400000',
        updated_time: '1779350400000',
        links: { self: 'https://berth.example/v3/roles/93879fd90f1046f69e6e0b31c94d2615' },
      },
    },
  },
})

export const updateCustomPolicy = defineOperation({
  ...custom,
  id: 'UpdateCloudServiceCustomPolicy',
  method: 'PATCH',
  path: '/v3.0/OS-ROLE/roles/{role_id}',
  summary: 'Change a custom policy; what is left out stays.',
  permission: rolePermission('updateRole', 'Write'),
  params: RoleParams,
  query: Type.Object({}),
  body: Type.Object({
    role: Type.Object({
      display_name: Type.Optional(DisplayName),
      type: Type.Optional(CustomType),
      description: Type.Optional(Description),
      description_cn: Type.Optional(Description),
      policy: Type.Optional(PolicyDocument),
    }),
  }),
  status: 200,
  response: OneRole,
  errors: [...WRITE_ERRORS, 'iam.not_found'],
})

export const deleteCustomPolicy = defineOperation({
  ...custom,
  id: 'DeleteCustomPolicy',
  method: 'DELETE',
  path: '/v3.0/OS-ROLE/roles/{role_id}',
  summary: 'Delete a custom policy; refused while it is granted to somebody.',
  permission: rolePermission('deleteRole', 'Write'),
  params: RoleParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({ message: Type.String() }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found', 'iam.conflict'],
})
