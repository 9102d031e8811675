import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'
import { action, Id, Links, Micros, READ_ERRORS, Text255, WRITE_ERRORS } from './field.ts'
import { AccessMode, NewPassword, UserName, UserParams } from './user.ts'

const Email = Type.String({ maxLength: 255, pattern: '^([^@\\s]+@[^@\\s]+)?$' })
const Digits = Type.String({ maxLength: 32, pattern: '^[0-9]*$' })

/** What may be said of a user, new or not. Country code and phone go together. */
const Facts = {
  password: Type.Optional(NewPassword),
  email: Type.Optional(Email),
  areacode: Type.Optional(Type.String({ maxLength: 8, pattern: '^[0-9]*$', description: 'Country code, as 0086.' })),
  phone: Type.Optional(Digits),
  enabled: Type.Optional(Type.Boolean()),
  pwd_status: Type.Optional(Type.Boolean({ description: 'True when the password is to be changed.' })),
  xuser_id: Type.Optional(Type.String({ maxLength: 128, description: 'Id in a directory outside.' })),
  xuser_type: Type.Optional(Type.String({ maxLength: 64 })),
  access_mode: Type.Optional(AccessMode),
  description: Type.Optional(Text255),
}

const User = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain_id: Type.String(),
  enabled: Type.Boolean(),
  description: Type.String(),
  email: Type.String(),
  areacode: Type.String(),
  phone: Type.String(),
  access_mode: AccessMode,
  pwd_status: Type.Boolean(),
  password_expires_at: Type.Null(),
  is_domain_owner: Type.Boolean(),
  xuser_id: Type.String(),
  xuser_type: Type.String(),
  create_time: Micros,
  links: Links,
})

const V30 = { module: 'iam', family: 'iam.v3.0', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const createUserByAdmin = defineOperation({
  ...V30,
  id: 'CreateUser',
  method: 'POST',
  path: '/v3.0/OS-USER/users',
  summary: 'Make a user.',
  permission: action('iam:users:createUser', 'Write', 'user'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({ user: Type.Object({ name: UserName, domain_id: Id, ...Facts }) }),
  status: 201,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.user_invalid', 'iam.conflict'],
})

export const showUserByAdmin = defineOperation({
  ...V30,
  id: 'ShowUser',
  method: 'GET',
  path: '/v3.0/OS-USER/users/{user_id}',
  summary: 'Show all that is known of a user; the own one needs no permission.',
  permission: action('iam:users:getUser', 'Read', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ user: User }),
  errors: READ_ERRORS,
})

export const updateUserByAdmin = defineOperation({
  ...V30,
  id: 'UpdateUser',
  method: 'PUT',
  path: '/v3.0/OS-USER/users/{user_id}',
  summary: 'Change a user; what is not said stays.',
  permission: action('iam:users:updateUser', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: Type.Object({ user: Type.Object({ name: Type.Optional(UserName), ...Facts }) }),
  status: 200,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.user_invalid', 'iam.owner_kept', 'iam.conflict'],
})

export const updateOwnInformation = defineOperation({
  ...V30,
  id: 'UpdateUserInformation',
  method: 'PUT',
  path: '/v3.0/OS-USER/users/{user_id}/info',
  summary: "Change the caller's own e-mail address and phone.",
  permission: null,
  params: UserParams,
  query: NoQuery,
  body: Type.Object({
    user: Type.Object({
      email: Type.Optional(Email),
      mobile: Type.Optional(
        Type.String({ maxLength: 41, pattern: '^([0-9]{1,8}-[0-9]{1,32})?$', description: '0086-123456789' }),
      ),
    }),
  }),
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.scope_forbidden'],
})
