import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { AgencyName, AgencyParams } from './agency.ts'
import { action, Instant, READ_ERRORS, Tags, Urn, WRITE_ERRORS } from './field.ts'
import { MarkerQuery, PageInfo } from './marker-page.ts'

/** What a trust agency is made and changed with. */
const Description = Type.String({ maxLength: 1000 })
const SessionSeconds = Type.Integer({ minimum: 3600, maximum: 43_200, description: 'Longest session, in seconds.' })
const PATH = '[A-Za-z0-9.,+@=_-]+/'

const Agency = Type.Object({
  agency_id: Type.String(),
  agency_name: Type.String(),
  description: Type.String(),
  path: Type.String(),
  urn: Urn,
  created_at: Instant,
  max_session_duration: Type.Integer(),
  trust_policy: Type.Optional(Type.String({ description: 'Of a trust agency.' })),
  trust_domain_id: Type.Optional(Type.String({ description: 'Of an agency of the older generation.' })),
  trust_domain_name: Type.Optional(Type.String()),
})
const TaggedAgency = Type.Object({ ...Agency.properties, tags: Tags })

const V5 = { module: 'iam', family: 'iam.v5', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const listAgenciesV5 = defineOperation({
  ...V5,
  id: 'ListAgenciesV5',
  method: 'GET',
  path: '/v5/agencies',
  summary: 'List the agencies and trust agencies of the account.',
  permission: action('iam:agencies:listV5', 'List', 'agency'),
  params: Type.Object({}),
  query: Type.Object({
    ...MarkerQuery,
    path_prefix: Type.Optional(Type.String({ maxLength: 512, pattern: `^(${PATH})*$` })),
  }),
  body: null,
  status: 200,
  response: Type.Object({ agencies: Type.Array(TaggedAgency), page_info: PageInfo }),
  errors: IAM_CALLER_ERRORS,
})

export const showAgencyV5 = defineOperation({
  ...V5,
  id: 'GetAgencyV5',
  method: 'GET',
  path: '/v5/agencies/{agency_id}',
  summary: 'Show an agency or trust agency.',
  permission: action('iam:agencies:getV5', 'Read', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ agency: TaggedAgency }),
  errors: READ_ERRORS,
})

export const createAgencyV5 = defineOperation({
  ...V5,
  id: 'CreateAgencyV5',
  method: 'POST',
  path: '/v5/agencies',
  summary: 'Make a trust agency. Its trust policy allows one account to assume it; nothing else is served.',
  permission: action('iam:agencies:createV5', 'Write', 'agency'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({
    agency_name: AgencyName,
    trust_policy: Type.String({ minLength: 2, maxLength: 131_072 }),
    path: Type.Optional(Type.String({ maxLength: 512, pattern: `^(${PATH})*$` })),
    max_session_duration: Type.Optional(SessionSeconds),
    description: Type.Optional(Description),
  }),
  status: 201,
  response: Type.Object({ agency: Agency }),
  errors: [...WRITE_ERRORS, 'iam.policy_invalid', 'iam.conflict'],
})

export const updateAgencyV5 = defineOperation({
  ...V5,
  id: 'UpdateAgencyV5',
  method: 'PUT',
  path: '/v5/agencies/{agency_id}',
  summary: 'Change a trust agency; what is not said stays.',
  permission: action('iam:agencies:updateV5', 'Write', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: Type.Object({
    max_session_duration: Type.Optional(SessionSeconds),
    description: Type.Optional(Description),
  }),
  status: 200,
  response: Type.Object({ agency: Agency }),
  errors: WRITE_ERRORS,
})

export const deleteAgencyV5 = defineOperation({
  ...V5,
  id: 'DeleteAgencyV5',
  method: 'DELETE',
  path: '/v5/agencies/{agency_id}',
  summary: 'Delete an agency or trust agency; who has assumed it may do nothing any more.',
  permission: action('iam:agencies:deleteV5', 'Write', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: WRITE_ERRORS,
})
