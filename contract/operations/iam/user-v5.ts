import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'
import { action, Id, Instant, PlainText, READ_ERRORS, Tags, Urn, WRITE_ERRORS } from './field.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'
import { UserName, UserParams } from './user.ts'

const User = Type.Object({
  user_id: Type.String(),
  user_name: Type.String(),
  enabled: Type.Boolean(),
  description: Type.String(),
  is_root_user: Type.Boolean(),
  created_at: Instant,
  urn: Urn,
})
const TaggedUser = Type.Object({ ...User.properties, tags: Tags })

const V5 = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const createUserV5 = defineOperation({
  ...V5,
  id: 'CreateUserV5',
  method: 'POST',
  path: '/v5/users',
  summary: 'Make a user without a password.',
  permission: action('iam:users:createUserV5', 'Write', 'user'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({ name: UserName, enabled: Type.Boolean(), description: Type.Optional(PlainText) }),
  status: 201,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const listUsersV5 = defineOperation({
  ...V5,
  id: 'ListUsersV5',
  method: 'GET',
  path: '/v5/users',
  summary: 'List the users of the account, or those of a group.',
  permission: action('iam:users:listUsersV5', 'List', 'user'),
  params: Type.Object({}),
  query: Type.Object({ ...MarkerQuery, group_id: Type.Optional(Id) }),
  body: null,
  status: 200,
  response: Type.Object({ users: Type.Array(User), page_info: PageInfo }),
  errors: READ_ERRORS,
})

export const showUserV5 = defineOperation({
  ...V5,
  id: 'ShowUserV5',
  method: 'GET',
  path: '/v5/users/{user_id}',
  summary: 'Show a user.',
  permission: action('iam:users:getUserV5', 'Read', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ user: TaggedUser }),
  errors: READ_ERRORS,
})

export const updateUserV5 = defineOperation({
  ...V5,
  id: 'UpdateUserV5',
  method: 'PUT',
  path: '/v5/users/{user_id}',
  summary: 'Change a user; what is not said stays.',
  permission: action('iam:users:updateUserV5', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: Type.Object({
    new_user_name: Type.Optional(UserName),
    new_description: Type.Optional(PlainText),
    enabled: Type.Optional(Type.Boolean()),
  }),
  status: 200,
  response: Type.Object({ user: User }),
  errors: [...WRITE_ERRORS, 'iam.owner_kept', 'iam.conflict'],
})

export const deleteUserV5 = defineOperation({
  ...V5,
  id: 'DeleteUserV5',
  method: 'DELETE',
  path: '/v5/users/{user_id}',
  summary: 'Delete a user with its keys, memberships and policies.',
  permission: action('iam:users:deleteUserV5', 'Write', 'user'),
  params: UserParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: [...WRITE_ERRORS, 'iam.owner_kept'],
})
