import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { OPERATIONS } from '../../../contract/operations/index.ts'
import { batchUpdateTsvi } from '../../../contract/operations/tsvi/update.ts'
import { assertDeclared, type TestApi, testApi } from '../../testing/api.ts'
import { type AuthorizationSchema, renderAuthorizationSchema } from './authorization-schema.ts'

let api: TestApi
before(async () => {
  api = await testApi({ servers: 0 })
})
after(() => api[Symbol.asyncDispose]())

async function servicesAt(
  query: string,
): Promise<{ service_codes: readonly string[]; page_info: { next_marker?: string } }> {
  const answer = await api.call('GET', `/v5/authorization-schemas/registered-services${query}`)
  assertDeclared('ListRegisteredServicesForAuthSchemaV5', answer)
  return answer.body as Awaited<ReturnType<typeof servicesAt>>
}

async function schemaOf(service: string): Promise<AuthorizationSchema> {
  const answer = await api.call('GET', `/v5/authorization-schemas/services/${service}`)
  assert.equal(answer.status, 200, answer.text)
  assertDeclared('GetAuthorizationSchemaV5', answer)
  return answer.body as AuthorizationSchema
}

describe('what can be granted', () => {
  it('has every action that an operation asks for or depends on, under its service', async () => {
    const { service_codes } = await servicesAt('')
    const schemas = await Promise.all(service_codes.map(schemaOf))
    const names = schemas.flatMap(({ actions }) => actions.map(({ name }) => name))
    const asked = OPERATIONS.flatMap(({ permission }) =>
      permission ? [permission.action, ...permission.dependencies] : [],
    )
    assert.deepEqual(names.toSorted(), [...new Set(asked)].sort())
  })

  it('says of the main action what the published table says', async () => {
    const { actions, resources, operations } = await schemaOf('workspace')
    const keys = ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId']
    const urn_template = 'workspace:<region>:<account-id>:server:<server-id>'
    const action = actions.find(({ name }) => name === 'workspace:server:batchUpdateTsvi')
    assert.deepEqual(
      [action?.access_level, action?.permission_only, action?.aliases, action?.resources],
      ['write', false, [], [{ urn_template, required: true, condition_keys: keys }]],
    )
    assert.ok(resources.some((one) => one.type_name === 'server' && one.urn_template === urn_template))
    assert.deepEqual(
      operations.find(({ operation_id }) => operation_id === 'BatchUpdateTsvi'),
      {
        ...{ operation_id: 'BatchUpdateTsvi', operation_action: 'workspace:server:batchUpdateTsvi' },
        dependent_actions: ['vpc:subnets:get', 'vpc:ports:update'],
      },
    )
  })

  it('marks actions that operations only depend on', () => {
    const { actions = [] } = renderAuthorizationSchema([batchUpdateTsvi], 'vpc') ?? {}
    assert.deepEqual(
      actions.map(({ name, permission_only, access_level }) => [name, permission_only, access_level]),
      [
        ['vpc:ports:update', true, 'write'],
        ['vpc:subnets:get', true, 'read'],
      ],
    )
  })

  it('is listed page by page, and is nothing for a service that is not there', async () => {
    const all = await servicesAt('')
    const first = await servicesAt('?limit=1')
    const rest = await servicesAt(`?marker=${first.page_info.next_marker}`)
    assert.deepEqual([...first.service_codes, ...rest.service_codes], all.service_codes)
    const missing = await api.call('GET', '/v5/authorization-schemas/services/obs')
    assert.equal(missing.status, 404)
    assertDeclared('GetAuthorizationSchemaV5', missing)
  })
})
