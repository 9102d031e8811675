import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'
import { action, Id, READ_ERRORS, WRITE_ERRORS } from './field.ts'
import { GroupParams, Groups } from './group.ts'
import { UserParams, Users } from './user.ts'

const MemberParams = Type.Object({ group_id: Id, user_id: Id })
const NoQuery = Type.Object({})
const V3 = { module: 'iam', family: 'iam.v3', authentication: 'caller', query: NoQuery, body: null } as const
const MEMBER = { ...V3, path: '/v3/groups/{group_id}/users/{user_id}', params: MemberParams } as const
const NOTHING = { status: 204, response: null } as const

export const addUserToGroup = defineOperation({
  ...MEMBER,
  ...NOTHING,
  id: 'KeystoneAddUserToGroup',
  method: 'PUT',
  summary: 'Make a user a member of a group; may be repeated.',
  permission: action('iam:permissions:addUserToGroup', 'Write', 'group'),
  errors: WRITE_ERRORS,
})

export const checkUserInGroup = defineOperation({
  ...MEMBER,
  ...NOTHING,
  id: 'KeystoneCheckUserInGroup',
  method: 'HEAD',
  summary: 'Ask whether a user is a member of a group.',
  permission: action('iam:permissions:checkUserInGroup', 'Read', 'group'),
  errors: READ_ERRORS,
})

export const removeUserFromGroup = defineOperation({
  ...MEMBER,
  ...NOTHING,
  id: 'KeystoneRemoveUserFromGroup',
  method: 'DELETE',
  summary: 'End the membership of a user.',
  permission: action('iam:permissions:removeUserFromGroup', 'Write', 'group'),
  errors: WRITE_ERRORS,
})

export const listUsersOfGroup = defineOperation({
  ...V3,
  id: 'KeystoneListUsersForGroupByAdmin',
  method: 'GET',
  path: '/v3/groups/{group_id}/users',
  summary: 'List the members of a group.',
  permission: action('iam:users:listUsersForGroup', 'Read', 'group'),
  params: GroupParams,
  status: 200,
  response: Users,
  errors: READ_ERRORS,
})

/** Asked of one user, so the level is not List here: lists are decided before anybody knows of whom. */
export const listGroupsOfUser = defineOperation({
  ...V3,
  id: 'KeystoneListGroupsForUser',
  method: 'GET',
  path: '/v3/users/{user_id}/groups',
  summary: 'List the groups of a user; the own ones need no permission.',
  permission: action('iam:groups:listGroupsForUser', 'Read', 'user'),
  params: UserParams,
  status: 200,
  response: Groups,
  errors: READ_ERRORS,
})

const V5 = { module: 'iam', family: 'iam.v5', authentication: 'caller', query: NoQuery } as const
const UserBody = Type.Object({ user_id: Id })

export const addUserToGroupV5 = defineOperation({
  ...V5,
  id: 'AddUserToGroupV5',
  method: 'POST',
  path: '/v5/groups/{group_id}/add-user',
  summary: 'Make a user a member of a group; may be repeated.',
  permission: action('iam:permissions:addUserToGroupV5', 'Write', 'group'),
  params: GroupParams,
  body: UserBody,
  status: 200,
  response: null,
  errors: WRITE_ERRORS,
})

export const removeUserFromGroupV5 = defineOperation({
  ...V5,
  id: 'RemoveUserFromGroupV5',
  method: 'POST',
  path: '/v5/groups/{group_id}/remove-user',
  summary: 'End the membership of a user.',
  permission: action('iam:permissions:removeUserFromGroupV5', 'Write', 'group'),
  params: GroupParams,
  body: UserBody,
  status: 200,
  response: null,
  errors: WRITE_ERRORS,
})
