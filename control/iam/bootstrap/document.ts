import { type Static, Type } from 'typebox'

const exactly = { additionalProperties: false } as const

/** Nothing that means something in a URN or a pattern, no control characters, no blank at either end. */
const NAME = '^[^\\s/:*?$\\x00-\\x1f\\x7f](?:[^/:*?$\\x00-\\x1f\\x7f]*[^\\s/:*?$\\x00-\\x1f\\x7f])?$'
const Name = Type.String({ minLength: 1, maxLength: 64, pattern: NAME })
const PolicyName = Type.String({ minLength: 1, maxLength: 128, pattern: NAME })

/** The same names as the API takes. */
const UserName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[a-zA-Z_.-](?:[0-9a-zA-Z_. -]*[0-9a-zA-Z_.-])?$',
})
const AgencyName = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_+=,.@-]+$' })
const EnterpriseProjectName = Type.String({ minLength: 1, maxLength: 64, pattern: '^[\\u4e00-\\u9fa5a-zA-Z0-9_-]+$' })
const Id = Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' })
const Description = Type.Optional(Type.String({ maxLength: 255, pattern: '^[^\\x00]*$' }))

function Some<T extends Parameters<typeof Type.Array>[0]>(item: T) {
  return Type.Optional(Type.Array(item, { maxItems: 1000 }))
}

/** A secret is never in the file itself: it comes from an environment variable or from a file of its own. */
export const SecretReference = Type.Union([
  Type.Object({ env: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }) }, exactly),
  Type.Object({ file: Type.String({ minLength: 1, maxLength: 4096 }) }, exactly),
])
export type SecretReference = Static<typeof SecretReference>

const AccessKey = Type.Object(
  { access: Type.String({ pattern: '^[A-Za-z0-9]{10,64}$' }), secret: SecretReference },
  exactly,
)

export type AccessKeyEntry = Static<typeof AccessKey>

/** Where a policy of the role/policy model is valid; exactly one place. */
const Grant = Type.Union([
  Type.Object({ policy: PolicyName, project: Name }, exactly),
  Type.Object({ policy: PolicyName, enterprise_project: Name }, exactly),
  Type.Object({ policy: PolicyName, all_projects: Type.Literal(true) }, exactly),
  Type.Object({ policy: PolicyName, global: Type.Literal(true) }, exactly),
])
export type GrantEntry = Static<typeof Grant>

const EnterpriseGrant = Type.Object({ policy: PolicyName, enterprise_project: Name }, exactly)

const User = Type.Object(
  {
    name: UserName,
    id: Type.Optional(Id),
    description: Description,
    enabled: Type.Optional(Type.Boolean()),
    password: Type.Optional(SecretReference),
    access_keys: Type.Optional(Type.Array(AccessKey, { maxItems: 2 })),
    policies: Some(PolicyName),
    grants: Some(EnterpriseGrant),
  },
  exactly,
)
export type UserEntry = Static<typeof User>

const Group = Type.Object(
  {
    name: Name,
    id: Type.Optional(Id),
    description: Description,
    users: Some(Name),
    policies: Some(PolicyName),
    grants: Some(Grant),
  },
  exactly,
)
export type GroupEntry = Static<typeof Group>

const Agency = Type.Object(
  {
    name: AgencyName,
    id: Type.Optional(Id),
    description: Description,
    trust_account: Name,
    max_session_seconds: Type.Optional(Type.Integer({ minimum: 900, maximum: 86_400 })),
    policies: Some(PolicyName),
    grants: Some(Grant),
  },
  exactly,
)
export type AgencyEntry = Static<typeof Agency>

const Policy = Type.Object(
  { name: PolicyName, id: Type.Optional(Id), description: Description, document: Type.Object({}) },
  exactly,
)
export type PolicyEntry = Static<typeof Policy>

const Project = Type.Object({ name: Name, id: Type.Optional(Id), description: Description }, exactly)

const EnterpriseProject = Type.Object(
  {
    name: EnterpriseProjectName,
    id: Type.Optional(Id),
    description: Description,
    enabled: Type.Optional(Type.Boolean()),
  },
  exactly,
)

export type ProjectEntry = Static<typeof Project>
export type EnterpriseProjectEntry = Static<typeof EnterpriseProject>

const Owner = Type.Object(
  {
    name: Name,
    id: Type.Optional(Id),
    password: Type.Optional(SecretReference),
    access_keys: Type.Optional(Type.Array(AccessKey, { maxItems: 2 })),
  },
  exactly,
)

export type OwnerEntry = Static<typeof Owner>

const AccountEntry = Type.Object(
  {
    name: Name,
    id: Type.Optional(Id),
    owner: Owner,
    projects: Some(Project),
    enterprise_projects: Some(EnterpriseProject),
    policies: Some(Policy),
    users: Some(User),
    groups: Some(Group),
    agencies: Some(Agency),
  },
  exactly,
)
export type AccountEntry = Static<typeof AccountEntry>

/**
 * What an installation starts with: accounts and who may do what in them. Everything named is made, or brought in line
 * with what is said; memberships, policies and grants of what is named are exactly those listed where the list is
 * there. What is not named is left alone.
 */
export const BootstrapDocument = Type.Object(
  { accounts: Type.Array(AccountEntry, { minItems: 1, maxItems: 100 }) },
  exactly,
)
export type BootstrapDocument = Static<typeof BootstrapDocument>
