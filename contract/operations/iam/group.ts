import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Links, READ_ERRORS, Self, Text255, WRITE_ERRORS } from './field.ts'

const GroupName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[^\\u0000-\\u001f\\u007f/:*?$]+$',
  description: 'Nothing that means something in a URN or a pattern.',
})

export const GroupParams = Type.Object({ group_id: Id })

const Group = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain_id: Type.String(),
  description: Type.String(),
  create_time: Type.Integer({ description: 'Milliseconds since 1970.' }),
  links: Self,
})
export const Groups = Type.Object({ groups: Type.Array(Group), links: Links })

const V3 = { module: 'iam', family: 'iam.v3', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const listGroups = defineOperation({
  ...V3,
  id: 'KeystoneListGroups',
  method: 'GET',
  path: '/v3/groups',
  summary: "List the groups of the caller's account.",
  permission: action('iam:groups:listGroups', 'List', 'group'),
  params: Type.Object({}),
  query: Type.Object({ domain_id: Type.Optional(Text255), name: Type.Optional(Text255) }),
  body: null,
  status: 200,
  response: Groups,
  errors: IAM_CALLER_ERRORS,
})

export const showGroup = defineOperation({
  ...V3,
  id: 'KeystoneShowGroup',
  method: 'GET',
  path: '/v3/groups/{group_id}',
  summary: 'Show a group.',
  permission: action('iam:groups:getGroup', 'Read', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ group: Group }),
  errors: READ_ERRORS,
})

export const createGroup = defineOperation({
  ...V3,
  id: 'KeystoneCreateGroup',
  method: 'POST',
  path: '/v3/groups',
  summary: 'Make a group.',
  permission: action('iam:groups:createGroup', 'Write', 'group'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({
    group: Type.Object({
      name: GroupName,
      domain_id: Type.Optional(Type.String({ maxLength: 128, description: "The account's own, or empty." })),
      description: Type.Optional(Text255),
    }),
  }),
  status: 201,
  response: Type.Object({ group: Group }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const updateGroup = defineOperation({
  ...V3,
  id: 'KeystoneUpdateGroup',
  method: 'PATCH',
  path: '/v3/groups/{group_id}',
  summary: 'Change a group; what is not said stays.',
  permission: action('iam:groups:updateGroup', 'Write', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: Type.Object({
    group: Type.Object({
      name: Type.Optional(GroupName),
      domain_id: Type.Optional(Type.String({ maxLength: 128, description: "The account's own, or empty." })),
      description: Type.Optional(Text255),
    }),
  }),
  status: 200,
  response: Type.Object({ group: Group }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const deleteGroup = defineOperation({
  ...V3,
  id: 'KeystoneDeleteGroup',
  method: 'DELETE',
  path: '/v3/groups/{group_id}',
  summary: 'Delete a group with its memberships and grants.',
  permission: action('iam:groups:deleteGroup', 'Write', 'group'),
  params: GroupParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: WRITE_ERRORS,
})
