import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'
import { IMAGE_TYPES, OS_TYPES } from '../fleet/server-group.ts'

const COMMON = {
  module: 'lifecycle',
  family: 'workspace',
  method: 'POST',
  authentication: 'caller',
  query: NoQuery,
  status: 200,
} as const

/** Contract 8.2. */
const ON_SERVER = {
  level: 'Write',
  resource: 'server',
  conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
  dependencies: ['ims:images:list', 'vpc:ports:get', 'vpc:subnets:get'],
} as const

const ServerParams = Type.Object({
  ...ProjectParams.properties,
  server_id: Type.String({ minLength: 1, maxLength: 128 }),
})

const ManyIds = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
    maxItems: 50,
    uniqueItems: true,
    description: 'Server ids, 50 at most, no one twice.',
  }),
)

/** A new disk has the agent that belongs to its host, so it is the latest in any case. */
const UpdateAgent = Type.Optional(Type.Boolean())

const Image = {
  image_id: Type.String({ pattern: '^\\S{1,128}$', description: 'Another than the server has.' }),
  image_type: Type.Enum([...IMAGE_TYPES]),
  image_product_id: Type.Optional(Type.String({ pattern: '^\\S{1,128}$', description: 'With image_type gold.' })),
  os_type: Type.Enum([...OS_TYPES], { description: 'As the server group has it.' }),
  update_access_agent: UpdateAgent,
}

const JobId = Type.Object({ job_id: Type.String() })
const JobOfEach = Type.Object({
  items: Type.Array(
    Type.Object({
      server_id: Type.String(),
      job_id: Type.String({ description: 'Empty where nothing was started.' }),
      error_code: Type.String(),
      error_message: Type.String(),
    }),
  ),
})

const ERRORS = [...BODY_ERRORS, ...CALLER_ERRORS, 'http.method_not_allowed', 'lifecycle.no_power'] as const
const ONE_ERRORS = [...ERRORS, 'lifecycle.server_busy', 'lifecycle.server_not_found'] as const

/** Contract 3.4: whatever is on the system disk is lost. */
export const reinstallServer = defineOperation({
  ...COMMON,
  id: 'ReinstallServer',
  path: '/v1/{project_id}/app-servers/{server_id}/actions/reinstall',
  summary: 'Make the disk of a server anew, from the image it has.',
  permission: { action: 'workspace:server:reinstall', ...ON_SERVER },
  params: ServerParams,
  body: Type.Object({ update_access_agent: UpdateAgent }, { additionalProperties: false }),
  response: JobId,
  errors: ONE_ERRORS,
})

/** One job for each server; a server that cannot be reinstalled has its reason in its item. */
export const batchReinstallServer = defineOperation({
  ...COMMON,
  id: 'BatchReinstallServer',
  path: '/v1/{project_id}/app-servers/actions/batch-reinstall',
  summary: 'Make the disks of servers anew, with one result for each.',
  permission: { action: 'workspace:server:batchReinstall', ...ON_SERVER },
  params: ProjectParams,
  body: Type.Object({ server_ids: ManyIds, update_access_agent: UpdateAgent }, { additionalProperties: false }),
  response: JobOfEach,
  errors: ERRORS,
})

export const changeServerImage = defineOperation({
  ...COMMON,
  id: 'ChangeServerImage',
  path: '/v1/{project_id}/app-servers/{server_id}/actions/change-image',
  summary: 'Make the disk of a server anew, from another image.',
  permission: { action: 'workspace:server:changeImage', ...ON_SERVER },
  params: ServerParams,
  body: Type.Object(Image, { additionalProperties: false }),
  response: JobId,
  errors: [...ONE_ERRORS, 'lifecycle.image_refused'],
})

export const batchChangeServerImage = defineOperation({
  ...COMMON,
  id: 'BatchChangeServerImage',
  path: '/v1/{project_id}/app-servers/actions/batch-change-image',
  summary: 'Make the disks of servers anew, from another image, with one result for each.',
  permission: { action: 'workspace:server:batchChangeImage', ...ON_SERVER },
  params: ProjectParams,
  body: Type.Object({ server_ids: ManyIds, ...Image }, { additionalProperties: false }),
  response: JobOfEach,
  errors: [...ERRORS, 'lifecycle.image_refused'],
})
