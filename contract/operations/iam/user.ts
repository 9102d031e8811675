import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Links, READ_ERRORS, Text255, WRITE_ERRORS } from './field.ts'

export const UserName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[a-zA-Z_\\-. ][0-9a-zA-Z_\\-. ]*$',
  description: 'Letters, digits, blanks and - _ . ; the first is no digit.',
})

/** The rule about its characters is said by a sentence of its own. */
export const NewPassword = Type.String({
  minLength: 1,
  maxLength: 255,
  description: '6 to 32 characters of two kinds.',
})

export const UserParams = Type.Object({ user_id: Id })

export const AccessMode = Type.Enum(['default', 'programmatic', 'console'])

const User = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain_id: Type.String(),
  enabled: Type.Boolean(),
  description: Type.String(),
  password_expires_at: Type.Null(),
  pwd_status: Type.Boolean({ description: 'True when the password is to be changed.' }),
  access_mode: AccessMode,
  links: Links,
})
export const Users = Type.Object({ users: Type.Array(User), links: Links })

const V3 = { module: 'iam', family: 'iam.v3', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const listUsers = defineOperation({
  ...V3,
  id: 'KeystoneListUsers',
  method: 'GET',
  path: '/v3/users',
  summary: "List the users of the caller's account.",
  permission: action('iam:users:listUsers', 'List', 'user'),
  params: Type.Object({}),
  query: Type.Object({
    domain_id: Type.Optional(Text255),
    name: Type.Optional(Text255),
    enabled: Type.Optional(Type.Enum(['true', 'false'])),
    password_expires_at: Type.Optional(
      Type.String({ maxLength: 64, pattern: '^(lte?|gte?|eq|neq):', description: 'Passwords here do not expire.' }),
    ),
  }),
  body: null,
  status: 200,
  response: Users,
  errors: IAM_CALLER_ERRORS,
})

export const showUser = defineOperation({
  ...V3,
  id: 'KeystoneShowUser',
  method: 'GET',
  path: '/v3/users/{user_id}',
  summary: 'Show a user; the own one needs no permission.',
  permission: action('iam:users:getUser', 'Read', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ user: User }),
  errors: READ_ERRORS,
})

export const createUser = defineOperation({
  ...V3,
  id: 'KeystoneCreateUser',
  method: 'POST',
  path: '/v3/users',
  summary: 'Make a user.',
  permission: action('iam:users:createUser', 'Write', 'user'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({
    user: Type.Object({
      name: UserName,
      domain_id: Type.Optional(Id),
      password: Type.Optional(NewPassword),
      enabled: Type.Optional(Type.Boolean()),
      description: Type.Optional(Text255),
    }),
  }),
  status: 201,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.user_invalid', 'iam.conflict'],
})

export const updateUser = defineOperation({
  ...V3,
  id: 'KeystoneUpdateUserByAdmin',
  method: 'PATCH',
  path: '/v3/users/{user_id}',
  summary: 'Change a user.',
  permission: action('iam:users:updateUser', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: Type.Object({
    user: Type.Object({
      name: Type.Optional(UserName),
      password: Type.Optional(NewPassword),
      enabled: Type.Optional(Type.Boolean()),
      description: Type.Optional(Text255),
      pwd_status: Type.Optional(Type.Boolean()),
    }),
  }),
  status: 200,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.user_invalid', 'iam.owner_kept', 'iam.conflict'],
})

export const deleteUser = defineOperation({
  ...V3,
  id: 'KeystoneDeleteUser',
  method: 'DELETE',
  path: '/v3/users/{user_id}',
  summary: 'Delete a user with its keys, memberships and grants.',
  permission: action('iam:users:deleteUser', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.owner_kept'],
})

export const changePassword = defineOperation({
  ...V3,
  id: 'KeystoneUpdateUserPassword',
  method: 'POST',
  path: '/v3/users/{user_id}/password',
  summary: "Change the caller's own password; ends its tokens.",
  permission: null,
  params: UserParams,
  query: NoQuery,
  body: Type.Object({
    user: Type.Object({ password: NewPassword, original_password: Type.String({ minLength: 1, maxLength: 1024 }) }),
  }),
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.user_invalid', 'iam.password_wrong', 'iam.password_locked', 'iam.scope_forbidden'],
})
