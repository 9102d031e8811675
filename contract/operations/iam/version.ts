import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'

const Link = Type.Array(Type.Object({ rel: Type.String(), href: Type.String() }))

const Version = Type.Object({
  id: Type.String(),
  status: Type.String(),
  updated: Type.String(),
  links: Link,
  'media-types': Type.Array(Type.Object({ base: Type.String(), type: Type.String() })),
})

const OPEN = {
  module: 'iam',
  method: 'GET',
  authentication: 'none',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({}),
  body: null,
  errors: ['http.failed', 'http.method_not_allowed'],
} as const

/** IAM reference, section 1.3: where Terraform looks first when its endpoint does not say a version. */
export const listVersions = defineOperation({
  ...OPEN,
  id: 'KeystoneListVersions',
  family: 'iam.v3',
  path: '/',
  summary: 'List the versions of the identity API.',
  status: 300,
  response: Type.Object({ versions: Type.Object({ values: Type.Array(Version) }) }),
})

export const showVersion = defineOperation({
  ...OPEN,
  id: 'KeystoneShowVersion',
  family: 'iam.v3',
  path: '/v3',
  summary: 'Show the version of the identity API.',
  status: 200,
  response: Type.Object({ version: Version }),
})

/** The root of the host belongs to the identity API, so the list of these versions has no address of its own. */
export const showEnterpriseProjectVersion = defineOperation({
  ...OPEN,
  id: 'ShowApiVersion',
  family: 'eps',
  path: '/v1.0',
  summary: 'Show the version of the enterprise project API.',
  status: 200,
  response: Type.Object({
    version: Type.Object({
      id: Type.String(),
      status: Type.String(),
      updated: Type.String(),
      links: Link,
      version: Type.String(),
      min_version: Type.String(),
    }),
  }),
})
