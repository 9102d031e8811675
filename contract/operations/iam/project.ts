import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Links, READ_ERRORS, Self, Text255, WRITE_ERRORS } from './field.ts'

const Project = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain_id: Type.String(),
  parent_id: Type.String({ description: 'The account, or the project of the region that this one was made in.' }),
  enabled: Type.Boolean(),
  is_domain: Type.Boolean(),
  description: Type.String(),
  links: Self,
})

const Name = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9_-]+$',
  description: 'The region, or the region, an underscore and more.',
})
const Params = Type.Object({ project_id: Id })

const V3 = { module: 'iam', family: 'iam.v3', authentication: 'caller' } as const
const NoQuery = Type.Object({})

/** IAM reference, section 1.3: the call every SDK makes first, by region name. */
export const listProjects = defineOperation({
  ...V3,
  id: 'KeystoneListProjects',
  method: 'GET',
  path: '/v3/projects',
  summary: "List the projects of the caller's account.",
  permission: null,
  params: Type.Object({}),
  query: Type.Object({
    domain_id: Type.Optional(Text255),
    name: Type.Optional(Text255),
    parent_id: Type.Optional(Text255),
    enabled: Type.Optional(Type.Enum(['true', 'false'])),
    is_domain: Type.Optional(Type.Enum(['true', 'false'])),
    page: Type.Optional(Type.Integer({ minimum: 1 })),
    per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({ projects: Type.Array(Project), links: Links }),
  errors: IAM_CALLER_ERRORS,
})

export const listAuthProjects = defineOperation({
  ...V3,
  id: 'KeystoneListAuthProjects',
  method: 'GET',
  path: '/v3/auth/projects',
  summary: 'List the projects that the caller can get a token for.',
  permission: null,
  params: Type.Object({}),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ projects: Type.Array(Project), links: Self }),
  errors: IAM_CALLER_ERRORS,
})

export const showProject = defineOperation({
  ...V3,
  id: 'KeystoneShowProject',
  method: 'GET',
  path: '/v3/projects/{project_id}',
  summary: "Show a project of the caller's account.",
  permission: null,
  params: Params,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ project: Project }),
  errors: READ_ERRORS,
})

export const createProject = defineOperation({
  ...V3,
  id: 'KeystoneCreateProject',
  method: 'POST',
  path: '/v3/projects',
  summary: 'Make the project of the region, or a further one in it.',
  permission: action('iam:projects:createProject', 'Write', 'project'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({
    project: Type.Object({
      name: Name,
      parent_id: Type.Optional(Id),
      domain_id: Type.Optional(Id),
      description: Type.Optional(Text255),
    }),
  }),
  status: 201,
  response: Type.Object({ project: Project }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const updateProject = defineOperation({
  ...V3,
  id: 'KeystoneUpdateProject',
  method: 'PATCH',
  path: '/v3/projects/{project_id}',
  summary: 'Rename or describe a project; the one of the region keeps its name.',
  permission: action('iam:projects:updateProject', 'Write', 'project'),
  params: Params,
  query: NoQuery,
  body: Type.Object({
    project: Type.Object(
      { name: Type.Optional(Name), description: Type.Optional(Text255) },
      { description: 'One of the two at least.' },
    ),
  }),
  status: 200,
  response: Type.Object({ project: Project }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})
