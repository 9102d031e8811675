import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'

export const Links = Type.Object({
  self: Type.String(),
  previous: Type.Union([Type.Null(), Type.String()]),
  next: Type.Union([Type.Null(), Type.String()]),
})

const Text = Type.Optional(Type.String({ maxLength: 255 }))

/** IAM reference, section 1.3: the call every SDK makes first, by region name. */
export const listProjects = defineOperation({
  id: 'KeystoneListProjects',
  module: 'iam',
  family: 'iam.v3',
  method: 'GET',
  path: '/v3/projects',
  summary: "List the projects of the caller's account.",
  authentication: 'caller',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({
    domain_id: Text,
    name: Text,
    parent_id: Text,
    enabled: Type.Optional(Type.Enum(['true', 'false'])),
    is_domain: Type.Optional(Type.Enum(['true', 'false'])),
    page: Type.Optional(Type.Integer({ minimum: 1 })),
    per_page: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({
    projects: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        domain_id: Type.String(),
        parent_id: Type.String(),
        enabled: Type.Boolean(),
        is_domain: Type.Boolean(),
        description: Type.String(),
        links: Type.Object({ self: Type.String() }),
      }),
    ),
    links: Links,
  }),
  errors: IAM_CALLER_ERRORS,
})
