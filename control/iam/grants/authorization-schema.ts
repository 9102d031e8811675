import type { Operation, Permission, ResponseOf } from '../../../contract/operation.ts'
import type { getAuthorizationSchemaV5 } from '../../../contract/operations/iam/authorization-schema.ts'
import { ALIASES, GLOBAL_SERVICES } from '../policy/index.ts'

export type AuthorizationSchema = ResponseOf<typeof getAuthorizationSchemaV5>

/** Of the summary of a service: raised when its form changes. */
const VERSION = '1.0'

/** What dependencies name and no operation has: their kind of resource is known all the same. */
const RESOURCES_OF_DEPENDENCIES: Readonly<Record<string, Permission['resource']>> = {
  'vpc:subnets:get': 'subnet',
  'vpc:ports:get': 'port',
  'vpc:ports:update': 'port',
}

function serviceOf(action: string): string {
  return action.split(':', 1)[0] ?? ''
}

/** The services whose actions the operations ask for, in the order of the alphabet. */
export function listServices(operations: readonly Operation[]): readonly string[] {
  const actions = operations.flatMap(({ permission }) =>
    permission ? [permission.action, ...permission.dependencies] : [],
  )
  return [...new Set(actions.map(serviceOf))].sort()
}

/** Everything that can be granted of a service, as its operations say it; undefined for a service that has none. */
export function renderAuthorizationSchema(
  operations: readonly Operation[],
  service: string,
): AuthorizationSchema | undefined {
  const own = operations.filter(({ permission }) => permission !== null && serviceOf(permission.action) === service)
  const byAction = new Map(own.map((operation) => [operation.permission?.action ?? '', operation]))
  const depended = new Set(operations.flatMap(({ permission }) => permission?.dependencies ?? []))
  const foreign = [...depended].filter((action) => serviceOf(action) === service && !byAction.has(action))
  if (own.length === 0 && foreign.length === 0) return undefined
  const actions = [...[...byAction.values()].map(actionOf), ...foreign.map(foreignAction)]
  const types = [...own.map(({ permission }) => permission?.resource), ...foreign.map(dependencyResource)]
  const keys = own.flatMap(({ permission }) => permission?.conditionKeys ?? [])
  return {
    version: VERSION,
    actions: actions.sort((left, right) => (left.name < right.name ? -1 : 1)),
    resources: [...new Set(types)]
      .filter((type) => type !== null && type !== undefined)
      .map((type) => ({ type_name: type, urn_template: urnTemplate(service, type) })),
    conditions: [...new Set(keys)].map((key) => ({
      ...{ key, value_type: 'string', multi_valued: key === 'g:TagKeys' },
      description: { en_US: '', zh_CN: '' },
    })),
    operations: own.map(({ id, permission }) => ({
      operation_id: id,
      operation_action: permission?.action ?? '',
      dependent_actions: [...(permission?.dependencies ?? [])],
    })),
  }
}

type Action = AuthorizationSchema['actions'][number]

const LEVELS = { List: 'list', Read: 'read', Write: 'write', Tagging: 'tagging' } as const

function actionOf({ summary, permission }: Operation): Action {
  if (!permission) throw new Error('an operation without a permission has no action')
  const { action: name, level, resource, conditionKeys } = permission
  return {
    ...{ name, access_level: LEVELS[level], permission_only: false, aliases: aliasesOf(name) },
    description: { en_US: summary, zh_CN: '' },
    resources: resource === null ? [] : [resourceOf(name, resource, conditionKeys)],
    condition_keys: resource === null ? [...conditionKeys] : [],
  }
}

/** An action that operations depend on and none has as its own. */
function foreignAction(name: string): Action {
  const resource = dependencyResource(name)
  const access_level = /:(get|list|show)[^:]*$/i.test(name) ? 'read' : 'write'
  return {
    ...{ name, access_level, permission_only: true, aliases: aliasesOf(name), condition_keys: [] },
    description: { en_US: '', zh_CN: '' },
    resources: resource ? [resourceOf(name, resource, [])] : [],
  }
}

function dependencyResource(action: string): Permission['resource'] {
  return Object.hasOwn(RESOURCES_OF_DEPENDENCIES, action) ? (RESOURCES_OF_DEPENDENCIES[action] ?? null) : null
}

function resourceOf(action: string, type: string, keys: readonly string[]): Action['resources'][number] {
  return { urn_template: urnTemplate(serviceOf(action), type), required: true, condition_keys: [...keys] }
}

/** IAM reference, section 3.3. */
function urnTemplate(service: string, type: string): string {
  const region = GLOBAL_SERVICES.has(service) ? '' : '<region>'
  return `${service}:${region}:<account-id>:${type}:<${type}-id>`
}

function aliasesOf(action: string): string[] {
  return Object.hasOwn(ALIASES, action) ? [...(ALIASES[action] ?? [])] : []
}
