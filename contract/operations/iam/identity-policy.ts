import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Document, Id, PolicyParams, PolicyPath, policyPermission } from './identity-policy-fields.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

const Name = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_+=.@-]+$' })

const Policy = Type.Object({
  policy_type: Type.Enum(['custom', 'system']),
  policy_name: Name,
  policy_id: Id,
  urn: Type.String({
    description: '`iam::<account>:policy:<path><name>`; the account of system policies is `system`.',
  }),
  path: Type.String(),
  default_version_id: Type.String(),
  attachment_count: Type.Integer({ description: "Users, groups and agencies of the caller's account that have it." }),
  description: Type.String(),
  created_at: Type.String(),
  updated_at: Type.String({ description: 'When the default version last became another.' }),
})

const family = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const

/** IAM reference, section 1.5: identity policies of the account and those of the system. */
export const listPoliciesV5 = defineOperation({
  ...family,
  id: 'ListPoliciesV5',
  method: 'GET',
  path: '/v5/policies',
  summary: 'List identity policies.',
  permission: policyPermission('listV5', 'List'),
  params: Type.Object({}),
  query: Type.Object({
    ...MarkerQuery,
    policy_type: Type.Optional(Type.Enum(['custom', 'system'])),
    path_prefix: Type.Optional(PolicyPath),
    only_attached: Type.Optional(Type.Enum(['true', 'false'])),
  }),
  body: null,
  status: 200,
  response: Type.Object({ policies: Type.Array(Policy), page_info: PageInfo }),
  errors: IAM_CALLER_ERRORS,
})

export const createPolicyV5 = defineOperation({
  ...family,
  id: 'CreatePolicyV5',
  method: 'POST',
  path: '/v5/policies',
  summary: 'Create an identity policy; its document becomes version v1, the default one.',
  permission: policyPermission('createV5', 'Write'),
  params: Type.Object({}),
  query: Type.Object({}),
  body: Type.Object({
    policy_name: Name,
    policy_document: Document,
    path: Type.Optional(PolicyPath),
    description: Type.Optional(Type.String({ maxLength: 1000 })),
  }),
  status: 201,
  response: Type.Object({ policy: Policy }),
  errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.policy_invalid', 'iam.conflict'],
  example: {
    body: {
      policy_name: 'tsvi-on-prod',
      policy_document:
        '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["workspace:server:batchUpdateTsvi"],"Condition":{"StringEquals":{"g:ResourceTag/env":["prod"]}}}]}',
    },
    response: {
      policy: {
        policy_type: 'custom',
        policy_name: 'tsvi-on-prod',
        policy_id: '5d0f1c0b7a5f4c0c8a1c2d3e4f506172',
        urn: 'iam::d78cbac186b744899480f25bd022f468:policy:tsvi-on-prod',
        path: '',
        default_version_id: 'v1',
        attachment_count: 0,
        description: '',
        created_at: '2026-05-21T08:00:00.000Z',
        updated_at: '2026-05-21T08:00:00.000Z',
      },
    },
  },
})

export const getPolicyV5 = defineOperation({
  ...family,
  id: 'GetPolicyV5',
  method: 'GET',
  path: '/v5/policies/{policy_id}',
  summary: 'Show an identity policy.',
  permission: policyPermission('getV5', 'Read'),
  params: PolicyParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({ policy: Policy }),
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found'],
})

export const deletePolicyV5 = defineOperation({
  ...family,
  id: 'DeletePolicyV5',
  method: 'DELETE',
  path: '/v5/policies/{policy_id}',
  summary: 'Delete an identity policy with all its versions; refused while somebody has it.',
  permission: policyPermission('deleteV5', 'Write'),
  params: PolicyParams,
  query: Type.Object({}),
  body: null,
  status: 200,
  response: null,
  errors: [...IAM_CALLER_ERRORS, 'iam.not_found', 'iam.conflict'],
})
