import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Id, OutsideId } from './identity-policy-fields.ts'

const Reference = Type.Object({ id: Type.String() })
const Flag = Type.Optional(Type.Enum(['true', 'false']))

/** IAM reference, section 1.5: every grant of the role and policy model. */
export const listRoleAssignments = defineOperation({
  id: 'ShowDomainRoleAssignments',
  module: 'iam',
  family: 'iam.v3',
  method: 'GET',
  path: '/v3.0/OS-PERMISSION/role-assignments',
  summary: 'List who has which role where.',
  authentication: 'caller',
  permission: {
    action: 'iam:permissions:listRoleAssignments',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: Type.Object({}),
  query: Type.Object({
    domain_id: OutsideId,
    role_id: Type.Optional(Id),
    subject: Type.Optional(Type.Enum(['user', 'group', 'agency'])),
    'subject.user_id': Type.Optional(Id),
    'subject.group_id': Type.Optional(Id),
    'subject.agency_id': Type.Optional(Id),
    scope: Type.Optional(Type.Enum(['project', 'domain', 'enterprise_project'])),
    'scope.project_id': Type.Optional(OutsideId),
    'scope.domain_id': Type.Optional(OutsideId),
    'scope.enterprise_projects_id': Type.Optional(Id),
    is_inherited: Flag,
    include_group: Flag,
    page: Type.Optional(Type.Integer({ minimum: 1 })),
    per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    total_num: Type.Integer(),
    role_assignments: Type.Array(
      Type.Object({
        role: Reference,
        user: Type.Optional(Reference),
        group: Type.Optional(Reference),
        agency: Type.Optional(Reference),
        scope: Type.Object({
          project: Type.Optional(Reference),
          domain: Type.Optional(Reference),
          enterprise_project: Type.Optional(Reference),
        }),
        is_inherited: Type.Boolean({ description: 'Counts in all projects.' }),
      }),
    ),
  }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})
