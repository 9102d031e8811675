import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { Tag } from './product-info.ts'
import { ServerGroupParams } from './server-group-fields.ts'

/** What is taken away: only the key counts, and its characters are not checked. */
const OldTag = Type.Object(
  { key: Type.String({ minLength: 1, maxLength: 128 }), value: Type.Optional(Type.String({ maxLength: 255 })) },
  { additionalProperties: false },
)

const NewTags = Type.Array(Tag, { maxItems: 20 })
const OldTags = Type.Array(OldTag, { maxItems: 20 })
const GroupId = Type.String({ minLength: 1, maxLength: 128 })

const ERRORS = [
  ...BODY_ERRORS,
  ...CALLER_ERRORS,
  'fleet.server_group_not_found',
  'fleet.server_group_refused',
  'http.method_not_allowed',
] as const

const KEYS = ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId', 'g:RequestTag/<tag-key>', 'g:TagKeys']

function tagging<Action extends string>(action: Action) {
  return {
    action: `workspace:serverGroup:${action}` as const,
    level: 'Tagging',
    resource: 'serverGroup',
    conditionKeys: KEYS,
    dependencies: [],
  } as const
}

/** Contract section 4.3: a key that is there gets the new value; 20 tags a group at most, afterwards. */
export const createServerGroupTags = defineOperation({
  id: 'CreateServerGroupTags',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/server-group/{server_group_id}/tags/create',
  summary: 'Add tags to a server group.',
  authentication: 'caller',
  permission: tagging('tagResource'),
  params: ServerGroupParams,
  query: NoQuery,
  body: Type.Object({ tags: Type.Optional(NewTags) }, { additionalProperties: false }),
  status: 204,
  response: null,
  errors: ERRORS,
})

/** The name of the action is ours: none is published. */
export const deleteServerGroupTags = defineOperation({
  id: 'DeleteServerGroupTags',
  module: 'fleet',
  family: 'workspace',
  method: 'DELETE',
  path: '/v1/{project_id}/server-group/{server_group_id}/tags/delete',
  summary: 'Take tags from a server group, by key. One that is not there counts as taken.',
  authentication: 'caller',
  permission: tagging('unTagResource'),
  params: ServerGroupParams,
  query: NoQuery,
  body: Type.Object({ tags: OldTags }, { additionalProperties: false }),
  status: 204,
  response: null,
  errors: ERRORS,
})

export const batchCreateServerGroupTags = defineOperation({
  id: 'BatchCreateServerGroupTags',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/server-group/tags/batch-create',
  summary: 'Add tags to several server groups: to all or to none.',
  authentication: 'caller',
  permission: tagging('batchCreateTags'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(
        Type.Object({ server_group_id: GroupId, tags: Type.Optional(NewTags) }, { additionalProperties: false }),
        { minItems: 1, maxItems: 100 },
      ),
    },
    { additionalProperties: false },
  ),
  status: 204,
  response: null,
  errors: ERRORS,
})

export const batchDeleteServerGroupTags = defineOperation({
  id: 'BatchDeleteServerGroupTags',
  module: 'fleet',
  family: 'workspace',
  method: 'DELETE',
  path: '/v1/{project_id}/server-group/tags/batch-delete',
  summary: 'Take tags from several server groups, by key: from all or from none.',
  authentication: 'caller',
  permission: tagging('batchDeleteTags'),
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(Type.Object({ server_group_id: GroupId, tags: OldTags }, { additionalProperties: false }), {
        minItems: 1,
        maxItems: 100,
      }),
    },
    { additionalProperties: false },
  ),
  status: 204,
  response: null,
  errors: ERRORS,
})

export const listServerGroupTag = defineOperation({
  id: 'ListServerGroupTag',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/server-group/tags',
  summary: 'List the tags of all server groups: each key with its values.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:listTags',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    tags: Type.Array(Type.Object({ key: Type.String(), values: Type.Array(Type.String()) })),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: { response: { tags: [{ key: 'team', values: ['cad', 'office'] }] } },
})

export const showServerGroupTag = defineOperation({
  id: 'ShowServerGroupTag',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/server-group/{server_group_id}/tags',
  summary: 'Show the tags of a server group.',
  authentication: 'caller',
  permission: {
    action: 'workspace:serverGroup:listTagsForResource',
    level: 'List',
    resource: 'serverGroup',
    conditionKeys: ['g:EnterpriseProjectId'],
    dependencies: [],
  },
  params: ServerGroupParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ tags: Type.Array(Type.Object({ key: Type.String(), value: Type.String() })) }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'fleet.server_group_not_found', 'http.method_not_allowed'],
  example: { response: { tags: [{ key: 'team', value: 'cad' }] } },
})
