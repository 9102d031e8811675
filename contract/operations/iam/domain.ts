import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Links } from './project.ts'

/** IAM reference, section 1.3: how clients learn the account's id. */
export const listAuthDomains = defineOperation({
  id: 'KeystoneListAuthDomains',
  module: 'iam',
  family: 'iam.v3',
  method: 'GET',
  path: '/v3/auth/domains',
  summary: 'List the accounts the caller belongs to: its own.',
  authentication: 'caller',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({
    domains: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        enabled: Type.Boolean(),
        description: Type.String(),
        links: Type.Object({ self: Type.String() }),
      }),
    ),
    links: Links,
  }),
  errors: IAM_CALLER_ERRORS,
})
