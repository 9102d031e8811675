import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'
import { action, Id, Instant, PlainText, READ_ERRORS, Urn, WRITE_ERRORS } from './field.ts'
import { GroupParams } from './group.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

const GroupName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[\\u4e00-\\u9fa5a-zA-Z0-9{}_\\- ]+$',
  description: 'Chinese characters, letters, digits, blanks and _ - { }',
})

const Group = Type.Object({
  group_id: Type.String(),
  group_name: Type.String(),
  description: Type.String(),
  created_at: Instant,
  urn: Urn,
})

const V5 = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const createGroupV5 = defineOperation({
  ...V5,
  id: 'CreateGroupV5',
  method: 'POST',
  path: '/v5/groups',
  summary: 'Make a group.',
  permission: action('iam:groups:createGroupV5', 'Write', 'group'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({ group_name: GroupName, description: Type.Optional(PlainText) }),
  status: 201,
  response: Type.Object({ group: Group }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const listGroupsV5 = defineOperation({
  ...V5,
  id: 'ListGroupsV5',
  method: 'GET',
  path: '/v5/groups',
  summary: 'List the groups of the account, or those of a user.',
  permission: action('iam:groups:listGroupsV5', 'List', 'group'),
  params: Type.Object({}),
  query: Type.Object({ ...MarkerQuery, user_id: Type.Optional(Id) }),
  body: null,
  status: 200,
  response: Type.Object({ groups: Type.Array(Group), page_info: PageInfo }),
  errors: READ_ERRORS,
})

export const showGroupV5 = defineOperation({
  ...V5,
  id: 'ShowGroupV5',
  method: 'GET',
  path: '/v5/groups/{group_id}',
  summary: 'Show a group.',
  permission: action('iam:groups:getGroupV5', 'Read', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ group: Group }),
  errors: READ_ERRORS,
})

export const updateGroupV5 = defineOperation({
  ...V5,
  id: 'UpdateGroupV5',
  method: 'PUT',
  path: '/v5/groups/{group_id}',
  summary: 'Change a group; what is not said stays.',
  permission: action('iam:groups:updateGroupV5', 'Write', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: Type.Object({
    new_group_name: Type.Optional(GroupName),
    new_group_description: Type.Optional(PlainText),
  }),
  status: 200,
  response: Type.Object({ group: Group }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const deleteGroupV5 = defineOperation({
  ...V5,
  id: 'DeleteGroupV5',
  method: 'DELETE',
  path: '/v5/groups/{group_id}',
  summary: 'Delete a group with its memberships and policies.',
  permission: action('iam:groups:deleteGroupV5', 'Write', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: WRITE_ERRORS,
})
