import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Document, Id, PolicyParams, policyPermission } from './identity-policy-fields.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

const Version = Type.Object({
  document: Document,
  version_id: Type.String(),
  is_default: Type.Boolean(),
  created_at: Type.String(),
})

const VersionParams = Type.Object({ policy_id: Id, version_id: Type.String({ pattern: '^v[1-9][0-9]{0,8}$' }) })

const family = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const

export const listPolicyVersionsV5 = defineOperation({
  ...family,
  id: 'ListPolicyVersionsV5',
  method: 'GET',
  path: '/v5/policies/{policy_id}/versions',
  summary: 'List the versions of an identity policy, the newest first.',
  // about one policy, so that it is asked for that one: a list of the account's would be asked for all
  permission: policyPermission('listVersionsV5', 'Read'),
  params: PolicyParams,
  query: Type.Object(MarkerQuery),
  body: null,
  status: 200,
  response: Type.Object({ versions: Type.Array(Version), page_info: PageInfo }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

export const createPolicyVersionV5 = defineOperation({
  ...family,
  id: 'CreatePolicyVersionV5',
  method: 'POST',
  path: '/v5/policies/{policy_id}/versions',
  summary: 'Add a version to an identity policy; it keeps up to five.',
  permission: policyPermission('createVersionV5', 'Write'),
  params: PolicyParams,
  query: Type.Object({}),
  body: Type.Object({ policy_document: Document, set_as_default: Type.Optional(Type.Boolean()) }),
  status: 201,
  response: Type.Object({ policy_version: Version }),
  errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.policy_invalid', 'iam.not_found', 'iam.conflict'],
})

export const getPolicyVersionV5 = defineOperation({
  ...family,
  id: 'GetPolicyVersionV5',
  method: 'GET',
  path: '/v5/policies/{policy_id}/versions/{version_id}',
  summary: 'Show a version of an identity policy.',
  permission: policyPermission('getVersionV5', 'Read'),
  params: VersionParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({ policy_version: Version }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

export const deletePolicyVersionV5 = defineOperation({
  ...family,
  id: 'DeletePolicyVersionV5',
  method: 'DELETE',
  path: '/v5/policies/{policy_id}/versions/{version_id}',
  summary: 'Delete a version of an identity policy that is not the default one.',
  permission: policyPermission('deleteVersionV5', 'Write'),
  params: VersionParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: null,
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found', 'iam.conflict'],
})

export const setDefaultPolicyVersionV5 = defineOperation({
  ...family,
  id: 'SetDefaultPolicyVersionV5',
  method: 'POST',
  path: '/v5/policies/{policy_id}/versions/{version_id}/set-default',
  summary: 'Make a version the one in force.',
  permission: policyPermission('setDefaultVersionV5', 'Write'),
  params: VersionParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: null,
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})
