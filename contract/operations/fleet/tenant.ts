import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const STATUSES = ['active', 'inactive'] as const

/** Contract section 7.1. Nothing new can be created in an inactive project; what it has goes on. */
export const initializeTenant = defineOperation({
  id: 'InitializeTenant',
  module: 'fleet',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/tenant/action/active',
  summary: 'Switch the service on or off for the project.',
  authentication: 'caller',
  permission: {
    action: 'workspace:tenants:active',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object({ service_status: Type.Enum([...STATUSES]) }, { additionalProperties: false }),
  status: 200,
  response: Type.Object({ project_id: Type.String(), service_status: Type.Enum([...STATUSES]) }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: {
    body: { service_status: 'active' },
    response: { project_id: '2b31ed5203f54ab0ebedb6e57a1c0f42', service_status: 'active' },
  },
})

/** Contract section 7.1. */
export const listTenantProfile = defineOperation({
  id: 'ListTenantProfile',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/tenant/profile',
  summary: 'Show the project as a tenant of the service.',
  authentication: 'caller',
  permission: {
    action: 'workspace:tenants:listTenantProfile',
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
    project_id: Type.String(),
    project_name: Type.String(),
    tenant_domain_id: Type.String(),
    tenant_domain_name: Type.String(),
    service_status: Type.Enum([...STATUSES]),
    open_with_ad: Type.Boolean({ description: 'Whether servers may have several sessions: always here.' }),
    create_time: Type.String({ format: 'date-time', description: 'UTC, RFC 3339 with seconds.' }),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
  example: {
    response: {
      project_id: '2b31ed5203f54ab0ebedb6e57a1c0f42',
      project_name: 'local-1',
      tenant_domain_id: '0f42aa52d03f4ab0ebedb6e57a1c2b31',
      tenant_domain_name: 'studio',
      service_status: 'active',
      open_with_ad: true,
      create_time: '2026-03-01T10:11:12Z',
    },
  },
})

/** Of the desktop service, as far as clients of this one read it: Terraform takes VPC and subnets from it. */
export const listWorkspaces = defineOperation({
  id: 'ListWorkspaces',
  module: 'fleet',
  family: 'workspace',
  method: 'GET',
  path: '/v2/{project_id}/workspaces',
  summary: 'Show the state of the service in the project, with its network.',
  authentication: 'caller',
  // the name is ours: none was readable
  permission: {
    action: 'workspace:tenants:listWorkspaces',
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
    id: Type.String(),
    status: Type.Enum(['SUBSCRIBED', 'CLOSED']),
    ad_domains: Type.Object({ domain_type: Type.Enum(['LITE_AS']), domain_name: Type.String() }),
    vpc_id: Type.Optional(Type.String()),
    vpc_name: Type.Optional(Type.String()),
    subnet_ids: Type.Array(Type.Object({ subnet_id: Type.String(), subnet_name: Type.String() })),
  }),
  errors: ['http.invalid', ...CALLER_ERRORS, 'http.method_not_allowed'],
})
