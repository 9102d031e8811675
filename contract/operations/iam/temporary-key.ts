import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Agency, TokenText } from './token.ts'

/** How long a temporary key may be good for, in seconds (IAM reference, section 1.4). */
export const SESSION_SECONDS = { least: 900, most: 86_400 } as const

const Duration = Type.Optional(
  Type.Integer({
    minimum: SESSION_SECONDS.least,
    maximum: SESSION_SECONDS.most,
    description: 'Seconds, 900 if absent.',
  }),
)

/** Names of sessions become part of URNs. */
const SESSION_NAME = '^[A-Za-z0-9_+=,.@-]{1,64}$'

/** IAM reference, section 1.4. Members we do not know are tolerated, as in the token API. */
export const createTemporaryAccessKey = defineOperation({
  id: 'CreateTemporaryAccessKeyByToken',
  module: 'iam',
  family: 'iam.v3.0',
  method: 'POST',
  path: '/v3.0/OS-CREDENTIAL/securitytokens',
  summary: 'Get a temporary access key with a security token: for a token, or for an agency.',
  authentication: 'optional',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({}),
  body: Type.Object({
    auth: Type.Object({
      identity: Type.Object({
        methods: Type.Array(Type.Enum(['token', 'assume_role']), { minItems: 1, maxItems: 1 }),
        token: Type.Optional(
          Type.Object({
            id: Type.Optional(TokenText),
            duration_seconds: Duration,
          }),
        ),
        assume_role: Type.Optional(
          Type.Object({
            ...Agency,
            duration_seconds: Duration,
            session_user: Type.Optional(
              Type.Object({ name: Type.Optional(Type.String({ pattern: SESSION_NAME, maxLength: 64 })) }),
            ),
          }),
        ),
        policy: Type.Optional(
          Type.Object({}, { description: 'A policy document of version 1.1; what the key may do is in both.' }),
        ),
      }),
    }),
  }),
  status: 201,
  response: Type.Object({
    credential: Type.Object({
      access: Type.String(),
      secret: Type.String({ description: 'Shown once.' }),
      securitytoken: Type.String({ description: 'To be sent as X-Security-Token with every request of the key.' }),
      expires_at: Type.String(),
    }),
  }),
  errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.policy_invalid', 'iam.temporary_key_limit'],
})

/** IAM reference, section 1.4. A member that would narrow the session and is not known must not be lost silently. */
export const assumeAgency = defineOperation({
  id: 'AssumeAgency',
  module: 'iam',
  family: 'iam.v5',
  method: 'POST',
  path: '/v5/agencies/assume',
  summary: 'Assume an agency that trusts the account of the caller: a temporary access key with a security token.',
  authentication: 'caller',
  // asked of the agency that the body names
  permission: {
    action: 'sts:agencies:assume',
    level: 'Write',
    resource: 'agency',
    conditionKeys: [],
    dependencies: [],
  },
  params: Type.Object({}),
  query: Type.Object({}),
  body: Type.Object(
    {
      agency_urn: Type.String({ minLength: 1, maxLength: 1500, description: 'iam::<account>:agency:<name>' }),
      agency_session_name: Type.String({ pattern: SESSION_NAME, minLength: 2, maxLength: 64 }),
      duration_seconds: Type.Optional(
        Type.Integer({
          minimum: SESSION_SECONDS.least,
          maximum: SESSION_SECONDS.most,
          description: '3600 if absent, and never more than the agency allows.',
        }),
      ),
      policy: Type.Optional(
        Type.String({ minLength: 1, maxLength: 131_072, description: 'A policy document of version 5.0, as text.' }),
      ),
      policy_ids: Type.Optional(Type.Array(Type.String(), { maxItems: 0, description: 'None can be given yet.' })),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({
    assumed_agency: Type.Object({ urn: Type.String(), id: Type.String() }),
    credentials: Type.Object({
      access_key_id: Type.String(),
      secret_access_key: Type.String(),
      security_token: Type.String(),
      expiration: Type.String(),
    }),
  }),
  errors: [...IAM_CALLER_ERRORS, 'http.too_large', 'iam.policy_invalid', 'iam.temporary_key_limit'],
})

export const getCallerIdentity = defineOperation({
  id: 'GetCallerIdentity',
  module: 'iam',
  family: 'iam.v5',
  method: 'GET',
  path: '/v5/caller-identity',
  summary: 'Tell the caller who it is.',
  authentication: 'caller',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({
    account_id: Type.String(),
    principal_id: Type.String(),
    principal_urn: Type.String(),
  }),
  errors: IAM_CALLER_ERRORS,
})
