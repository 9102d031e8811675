import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'

export const Name = Type.String({ minLength: 1, maxLength: 255 })
/** Any text may claim to be a token; what is none is refused as that, not as a wrong parameter. */
export const TokenText = Type.String({ minLength: 1, maxLength: 32_768 })
export const NoCatalog = Type.Object({
  nocatalog: Type.Optional(Type.String({ description: 'Any text leaves the catalog out.' })),
})
const Domain = Type.Object({ id: Type.Optional(Name), name: Type.Optional(Name) })

const User = Type.Object({
  id: Type.Optional(Name),
  name: Type.Optional(Name),
  domain: Type.Optional(Domain),
  password: Type.String({ minLength: 1, maxLength: 1024 }),
})

const DomainReference = Type.Object({ id: Type.String(), name: Type.String() })

/** An agency, and the account it is in. Terraform calls the name `xrole_name`. */
export const Agency = {
  agency_name: Type.Optional(Name),
  xrole_name: Type.Optional(Name),
  domain_id: Type.Optional(Name),
  domain_name: Type.Optional(Name),
}

const Person = Type.Object({
  id: Type.String(),
  name: Type.String(),
  password_expires_at: Type.Optional(Type.String()),
  domain: DomainReference,
})

const Endpoint = Type.Object({
  id: Type.String(),
  interface: Type.String(),
  region: Type.String(),
  region_id: Type.String(),
  url: Type.String(),
})

/** IAM reference, section 1.1: what a token is, beside its text. */
export const TokenDescription = Type.Object({
  token: Type.Object({
    methods: Type.Array(Type.String()),
    issued_at: Type.String({ description: 'UTC with six fractional digits.' }),
    expires_at: Type.String(),
    user: Person,
    assumed_by: Type.Optional(Type.Object({ user: Person })),
    project: Type.Optional(Type.Object({ id: Type.String(), name: Type.String(), domain: DomainReference })),
    domain: Type.Optional(DomainReference),
    roles: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
    catalog: Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.String(),
        name: Type.String(),
        endpoints: Type.Array(Endpoint),
      }),
    ),
  }),
})

/** IAM reference, section 1.1. Clients send members we do not know; they are tolerated here, as in the real service. */
export const createUserTokenByPassword = defineOperation({
  id: 'KeystoneCreateUserTokenByPassword',
  module: 'iam',
  family: 'iam.v3',
  method: 'POST',
  path: '/v3/auth/tokens',
  summary: 'Get a token in the header X-Subject-Token: by password, for another token, or for an agency.',
  authentication: 'optional',
  permission: null,
  params: Type.Object({}),
  query: NoCatalog,
  body: Type.Object({
    auth: Type.Object({
      identity: Type.Object({
        methods: Type.Array(Type.String(), {
          minItems: 1,
          maxItems: 4,
          description: 'One of password, token and assume_role, with the member of that name beside it.',
        }),
        password: Type.Optional(Type.Object({ user: User })),
        token: Type.Optional(Type.Object({ id: TokenText })),
        assume_role: Type.Optional(Type.Object(Agency)),
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
  response: TokenDescription,
  errors: [
    ...IAM_CALLER_ERRORS,
    'http.too_large',
    'iam.password_wrong',
    'iam.password_locked',
    'iam.programmatic_only',
    'iam.scope_forbidden',
  ],
})
