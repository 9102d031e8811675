import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { NoCatalog, TokenDescription, TokenText } from './token.ts'

/** What the three operations on a token have in common (IAM reference, section 1.2). */
const SUBJECT = {
  module: 'iam',
  family: 'iam.v3',
  path: '/v3/auth/tokens',
  authentication: 'caller',
  // a token of one's own may be asked about freely; the handler asks for the permission on those of others
  permission: null,
  params: Type.Object({}),
  query: NoCatalog,
  headers: Type.Object({ 'x-subject-token': TokenText }),
  body: null,
  errors: [...IAM_CALLER_ERRORS, 'iam.subject_token_unknown'],
} as const

export const validateToken = defineOperation({
  ...SUBJECT,
  id: 'KeystoneValidateToken',
  method: 'GET',
  summary: 'Describe the token in X-Subject-Token. One of another user needs iam:tokens:validateToken.',
  status: 200,
  response: TokenDescription,
})

export const checkToken = defineOperation({
  ...SUBJECT,
  id: 'KeystoneCheckToken',
  method: 'HEAD',
  summary: 'Tell whether the token in X-Subject-Token is good, by the status alone.',
  status: 200,
  response: null,
})

export const revokeToken = defineOperation({
  ...SUBJECT,
  id: 'KeystoneRevokeToken',
  method: 'DELETE',
  summary:
    'End the token in X-Subject-Token and all that was made from it. One of another user needs iam:tokens:revokeToken.',
  status: 204,
  response: null,
})
