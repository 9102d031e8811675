import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { action, Id, Micros, READ_ERRORS, Text255, WRITE_ERRORS } from './field.ts'

export const AgencyName = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9_+=,.@-]+$',
  description: 'Letters, digits and _ + = , . @ -',
})
export const AgencyParams = Type.Object({ agency_id: Id })

const Duration = Type.String({
  pattern: '^(FOREVER|ONEDAY|[1-9][0-9]{0,3})$',
  maxLength: 7,
  description: 'How long it may be assumed: FOREVER, ONEDAY or a number of days.',
})

const Agency = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain_id: Type.String(),
  trust_domain_id: Type.String(),
  trust_domain_name: Type.String(),
  description: Type.String(),
  duration: Type.String(),
  create_time: Micros,
  expire_time: Type.Union([Type.Null(), Type.String()]),
})

/** By name or by id; the name counts where both are said. */
const Trusted = {
  trust_domain_id: Type.Optional(Id),
  trust_domain_name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  description: Type.Optional(Text255),
  duration: Type.Optional(Duration),
}

const V30 = { module: 'iam', family: 'iam.v3.0', authentication: 'caller' } as const
const NoQuery = Type.Object({})

export const listAgencies = defineOperation({
  ...V30,
  id: 'ListAgencies',
  method: 'GET',
  path: '/v3.0/OS-AGENCY/agencies',
  summary: "List the agencies of the caller's account.",
  permission: action('iam:agencies:listAgencies', 'List', 'agency'),
  params: Type.Object({}),
  query: Type.Object({
    domain_id: Type.Optional(Text255),
    trust_domain_id: Type.Optional(Text255),
    name: Type.Optional(Text255),
  }),
  body: null,
  status: 200,
  response: Type.Object({ agencies: Type.Array(Agency) }),
  errors: IAM_CALLER_ERRORS,
})

export const showAgency = defineOperation({
  ...V30,
  id: 'ShowAgency',
  method: 'GET',
  path: '/v3.0/OS-AGENCY/agencies/{agency_id}',
  summary: 'Show an agency.',
  permission: action('iam:agencies:getAgency', 'Read', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({ agency: Agency }),
  errors: READ_ERRORS,
})

export const createAgency = defineOperation({
  ...V30,
  id: 'CreateAgency',
  method: 'POST',
  path: '/v3.0/OS-AGENCY/agencies',
  summary: 'Make an agency that another account may assume.',
  permission: action('iam:agencies:createAgency', 'Write', 'agency'),
  params: Type.Object({}),
  query: NoQuery,
  body: Type.Object({ agency: Type.Object({ name: AgencyName, domain_id: Id, ...Trusted }) }),
  status: 201,
  response: Type.Object({ agency: Agency }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const updateAgency = defineOperation({
  ...V30,
  id: 'UpdateAgency',
  method: 'PUT',
  path: '/v3.0/OS-AGENCY/agencies/{agency_id}',
  summary: 'Change an agency; what is not said stays.',
  permission: action('iam:agencies:updateAgency', 'Write', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: Type.Object({ agency: Type.Object(Trusted) }),
  status: 200,
  response: Type.Object({ agency: Agency }),
  errors: [...WRITE_ERRORS, 'iam.conflict'],
})

export const deleteAgency = defineOperation({
  ...V30,
  id: 'DeleteAgency',
  method: 'DELETE',
  path: '/v3.0/OS-AGENCY/agencies/{agency_id}',
  summary: 'Delete an agency with its grants; who has assumed it may do nothing any more.',
  permission: action('iam:agencies:deleteAgency', 'Write', 'agency'),
  params: AgencyParams,
  query: NoQuery,
  body: null,
  status: 204,
  response: null,
  errors: WRITE_ERRORS,
})
