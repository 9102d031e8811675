import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'

/** IAM reference, section 4.2: reads what came as `encoded_authorization_message` with a 403. */
export const decodeAuthorizationMessage = defineOperation({
  id: 'DecodeAuthorizationMessage',
  module: 'iam',
  family: 'iam.v5',
  method: 'POST',
  path: '/v5/decode-authorization-message',
  summary: 'Show why a call was refused: which context was looked at, and what decided.',
  authentication: 'caller',
  permission: {
    action: 'sts::decodeAuthorizationMessage',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: Type.Object({}),
  query: Type.Object({}),
  body: Type.Object({ encoded_message: Type.String({ minLength: 1, maxLength: 10_240 }) }),
  status: 200,
  response: Type.Object({ decoded_message: Type.String({ description: 'JSON text.' }) }),
  errors: [...IAM_CALLER_ERRORS, 'http.too_large'],
})
