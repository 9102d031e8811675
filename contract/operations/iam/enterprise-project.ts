import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, READ_ERRORS, WRITE_ERRORS } from './field.ts'

const Kind = Type.Enum(['prod', 'poc'])

const EnterpriseProject = Type.Object({
  id: Type.String({ description: '0 is the default one, which is always there.' }),
  name: Type.String(),
  description: Type.String(),
  status: Type.Integer({ description: '1 enabled, 2 disabled.' }),
  type: Kind,
  created_at: Type.String({ description: 'UTC, whole seconds.' }),
  updated_at: Type.String(),
  delete_flag: Type.Boolean(),
})
const One = Type.Object({ enterprise_project: EnterpriseProject })

const Written = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^[\\u4e00-\\u9fa5a-zA-Z0-9_-]+$',
    description: 'Chinese characters, letters, digits and _ - ; not "default" in any case.',
  }),
  description: Type.Optional(Type.String({ maxLength: 512 })),
  type: Type.Optional(Kind),
})
const Params = Type.Object({ enterprise_project_id: Id })

const EPS = { module: 'iam', family: 'eps', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const listEnterpriseProjects = defineOperation({
  ...EPS,
  id: 'ListEnterpriseProject',
  method: 'GET',
  path: '/v1.0/enterprise-projects',
  summary: 'List the enterprise projects of the account, the default one among them.',
  permission: action('eps:enterpriseProjects:list', 'List', 'enterpriseProject'),
  params: Type.Object({}),
  query: Type.Object({
    id: Type.Optional(Type.String({ maxLength: 128 })),
    name: Type.Optional(Type.String({ maxLength: 64, description: 'A part of the name.' })),
    status: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 })),
    type: Type.Optional(Kind),
    sort_key: Type.Optional(Type.Enum(['created_at', 'updated_at'], { default: 'created_at' })),
    sort_dir: Type.Optional(Type.Enum(['desc', 'asc'], { default: 'desc' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 1000 })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 0 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({ enterprise_projects: Type.Array(EnterpriseProject), total_count: Type.Integer() }),
  errors: IAM_CALLER_ERRORS,
})

export const showEnterpriseProject = defineOperation({
  ...EPS,
  id: 'ShowEnterpriseProject',
  method: 'GET',
  path: '/v1.0/enterprise-projects/{enterprise_project_id}',
  summary: 'Show an enterprise project.',
  permission: action('eps:enterpriseProjects:get', 'Read', 'enterpriseProject'),
  params: Params,
  query: NoQuery,
  body: null,
  status: 200,
  response: One,
  errors: READ_ERRORS,
})

export const createEnterpriseProject = defineOperation({
  ...EPS,
  id: 'CreateEnterpriseProject',
  method: 'POST',
  path: '/v1.0/enterprise-projects',
  summary: 'Make an enterprise project.',
  permission: action('eps:enterpriseProjects:create', 'Write', 'enterpriseProject'),
  params: Type.Object({}),
  query: NoQuery,
  body: Written,
  status: 201,
  response: One,
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const updateEnterpriseProject = defineOperation({
  ...EPS,
  id: 'UpdateEnterpriseProject',
  method: 'PUT',
  path: '/v1.0/enterprise-projects/{enterprise_project_id}',
  summary: 'Change name and description of an enterprise project.',
  permission: action('eps:enterpriseProjects:update', 'Write', 'enterpriseProject'),
  params: Params,
  query: NoQuery,
  body: Written,
  status: 200,
  response: One,
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

/** Two actions at one address: switching off asks for `eps:enterpriseProjects:disable` instead. */
export const switchEnterpriseProject = defineOperation({
  ...EPS,
  id: 'EnableEnterpriseProject',
  method: 'POST',
  path: '/v1.0/enterprise-projects/{enterprise_project_id}/action',
  summary: 'Enable or disable an enterprise project.',
  permission: action('eps:enterpriseProjects:enable', 'Write', 'enterpriseProject'),
  params: Params,
  query: NoQuery,
  body: Type.Object({ action: Type.Enum(['enable', 'disable']) }),
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const deleteEnterpriseProject = defineOperation({
  ...EPS,
  id: 'DeleteEnterpriseProject',
  method: 'DELETE',
  path: '/v1.0/enterprise-projects/{enterprise_project_id}',
  summary: 'Delete an enterprise project that nothing is in and nobody has a grant for.',
  permission: action('eps:enterpriseProjects:delete', 'Write', 'enterpriseProject'),
  params: Params,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const showEnterpriseProjectQuota = defineOperation({
  ...EPS,
  id: 'ShowEnterpriseProjectQuota',
  method: 'GET',
  path: '/v1.0/enterprise-projects/quotas',
  summary: 'How many enterprise projects there may be, and are.',
  permission: null,
  params: Type.Object({}),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    quotas: Type.Object({
      resources: Type.Array(Type.Object({ type: Type.String(), quota: Type.Integer(), used: Type.Integer() })),
    }),
  }),
  errors: IAM_CALLER_ERRORS,
})
