import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'
import { action, Id, Instant, Micros, READ_ERRORS, Text255, WRITE_ERRORS } from './field.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'
import { UserParams } from './user.ts'

/** Keys of the caller itself need no permission, in both generations. The secret is shown once, when the key is made. */

const Status = Type.Enum(['active', 'inactive'])

const Credential = Type.Object({
  user_id: Type.String(),
  access: Type.String(),
  status: Status,
  create_time: Micros,
  description: Type.String(),
})
const KeyParams = Type.Object({ access_key: Id })

const V30 = { module: 'iam', family: 'iam.v3.0', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const createCredential = defineOperation({
  ...V30,
  id: 'CreatePermanentAccessKey',
  method: 'POST',
  path: '/v3.0/OS-CREDENTIAL/credentials',
  summary: 'Make an access key; a user has at most two.',
  permission: action('iam:credentials:createCredential', 'Write', 'user'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({ credential: Type.Object({ user_id: Id, description: Type.Optional(Text255) }) }),
  status: 201,
  response: Type.Object({ credential: Type.Object({ ...Credential.properties, secret: Type.String() }) }),
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden', 'iam.access_key_limit'],
})

/** Asked of one user, so the level is not List here: lists are decided before anybody knows of whom. */
export const listCredentials = defineOperation({
  ...V30,
  id: 'ListPermanentAccessKeys',
  method: 'GET',
  path: '/v3.0/OS-CREDENTIAL/credentials',
  summary: 'List the access keys of a user, the caller itself unless told.',
  permission: action('iam:credentials:listCredentials', 'Read', 'user'),
  params: Type.Object({}),
  query: Type.Object({ user_id: Type.Optional(Id) }),
  body: null,
  status: 200,
  response: Type.Object({ credentials: Type.Array(Credential) }),
  errors: READ_ERRORS,
})

export const showCredential = defineOperation({
  ...V30,
  id: 'ShowPermanentAccessKey',
  method: 'GET',
  path: '/v3.0/OS-CREDENTIAL/credentials/{access_key}',
  summary: 'Show an access key.',
  permission: action('iam:credentials:getCredential', 'Read', 'user'),
  params: KeyParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ credential: Credential }),
  errors: READ_ERRORS,
})

export const updateCredential = defineOperation({
  ...V30,
  id: 'UpdatePermanentAccessKey',
  method: 'PUT',
  path: '/v3.0/OS-CREDENTIAL/credentials/{access_key}',
  summary: 'Switch an access key on or off, or describe it.',
  permission: action('iam:credentials:updateCredential', 'Write', 'user'),
  params: KeyParams,
  query: NoQuery,
  body: Type.Object({
    credential: Type.Object(
      { status: Type.Optional(Status), description: Type.Optional(Text255) },
      { description: 'One of the two at least.' },
    ),
  }),
  status: 200,
  response: Type.Object({ credential: Credential }),
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden'],
})

export const deleteCredential = defineOperation({
  ...V30,
  id: 'DeletePermanentAccessKey',
  method: 'DELETE',
  path: '/v3.0/OS-CREDENTIAL/credentials/{access_key}',
  summary: 'Delete an access key.',
  permission: action('iam:credentials:deleteCredential', 'Write', 'user'),
  params: KeyParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden'],
})

const AccessKey = Type.Object({
  user_id: Type.String(),
  access_key_id: Type.String(),
  created_at: Instant,
  status: Status,
})
const UserKeyParams = Type.Object({ user_id: Id, access_key_id: Id })

const V5 = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const

export const createAccessKeyV5 = defineOperation({
  ...V5,
  id: 'CreateAccessKeyV5',
  method: 'POST',
  path: '/v5/users/{user_id}/access-keys',
  summary: 'Make an access key; a user has at most two.',
  permission: action('iam:credentials:createCredentialV5', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 201,
  response: Type.Object({ access_key: Type.Object({ ...AccessKey.properties, secret_access_key: Type.String() }) }),
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden', 'iam.access_key_limit'],
})

/** Read for the reason of `listCredentials`. */
export const listAccessKeysV5 = defineOperation({
  ...V5,
  id: 'ListAccessKeysV5',
  method: 'GET',
  path: '/v5/users/{user_id}/access-keys',
  summary: 'List the access keys of a user.',
  permission: action('iam:credentials:listCredentialsV5', 'Read', 'user'),
  params: UserParams,
  query: Type.Object(MarkerQuery),
  body: null,
  status: 200,
  response: Type.Object({ access_keys: Type.Array(AccessKey), page_info: PageInfo }),
  errors: READ_ERRORS,
})

export const updateAccessKeyV5 = defineOperation({
  ...V5,
  id: 'UpdateAccessKeyV5',
  method: 'PUT',
  path: '/v5/users/{user_id}/access-keys/{access_key_id}',
  summary: 'Switch an access key on or off.',
  permission: action('iam:credentials:updateCredentialV5', 'Write', 'user'),
  params: UserKeyParams,
  query: NoQuery,
  body: Type.Object({ status: Status }),
  status: 200,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden'],
})

export const deleteAccessKeyV5 = defineOperation({
  ...V5,
  id: 'DeleteAccessKeyV5',
  method: 'DELETE',
  path: '/v5/users/{user_id}/access-keys/{access_key_id}',
  summary: 'Delete an access key.',
  permission: action('iam:credentials:deleteCredentialV5', 'Write', 'user'),
  params: UserKeyParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.scope_forbidden'],
})
