import { Type } from 'typebox'
import { defineOperation } from '../../operation.ts'

const Name = Type.String({ minLength: 1, maxLength: 255 })
const Domain = Type.Object({ id: Type.Optional(Name), name: Type.Optional(Name) })

const User = Type.Object({
  id: Type.Optional(Name),
  name: Type.Optional(Name),
  domain: Type.Optional(Domain),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
})

const DomainReference = Type.Object({ id: Type.String(), name: Type.String() })

/** IAM reference, section 1.1. Clients send members we do not know; they are tolerated here, as in the real service. */
export const createUserTokenByPassword = defineOperation({
  id: 'KeystoneCreateUserTokenByPassword',
  module: 'iam',
  family: 'iam.v3',
  method: 'POST',
  path: '/v3/auth/tokens',
  summary: 'Get a token by password, valid for 24 hours, in the header X-Subject-Token.',
  authentication: 'none',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({ nocatalog: Type.Optional(Type.String({ description: 'Any text leaves the catalog out.' })) }),
  body: Type.Object({
    auth: Type.Object({
      identity: Type.Object({
        methods: Type.Array(Type.String(), { minItems: 1, maxItems: 4, description: 'Only password is served.' }),
        password: Type.Optional(Type.Object({ user: User })),
      }),
      scope: Type.Optional(
        Type.Object({
          project: Type.Optional(
            Type.Object({ id: Type.Optional(Name), name: Type.Optional(Name), domain: Type.Optional(Domain) }),
          ),
          domain: Type.Optional(Domain),
        }),
      ),
    }),
  }),
  status: 201,
  response: Type.Object({
    token: Type.Object({
      methods: Type.Array(Type.String()),
      issued_at: Type.String({ description: 'UTC with six fractional digits.' }),
      expires_at: Type.String(),
      user: Type.Object({
        id: Type.String(),
        name: Type.String(),
        password_expires_at: Type.String(),
        domain: DomainReference,
      }),
      project: Type.Optional(Type.Object({ id: Type.String(), name: Type.String(), domain: DomainReference })),
      domain: Type.Optional(DomainReference),
      roles: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
      catalog: Type.Array(
        Type.Object({
          id: Type.String(),
          type: Type.String(),
          name: Type.String(),
          endpoints: Type.Array(
            Type.Object({
              id: Type.String(),
              interface: Type.String(),
              region: Type.String(),
              region_id: Type.String(),
              url: Type.String(),
            }),
          ),
        }),
      ),
    }),
  }),
  errors: [
    'http.failed',
    'http.method_not_allowed',
    'http.too_large',
    'http.unavailable',
    'iam.password_wrong',
    'iam.scope_forbidden',
    'iam.request_invalid',
  ],
})
