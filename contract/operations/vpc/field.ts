import { Type } from 'typebox'
import type { Permission, ResourceType } from '../../operation.ts'

/** What the operations of the network share; lengths and patterns are those of the published definitions. */

export const VPC = { module: 'vpc', family: 'vpc', authentication: 'caller' } as const

export const Id = Type.String({ minLength: 1, maxLength: 128 })

const ProjectId = Type.String({ minLength: 1, maxLength: 128, description: 'Project of the call.' })

export const ProjectParams = Type.Object({ project_id: ProjectId })
export const VpcParams = Type.Object({ project_id: ProjectId, vpc_id: Id })
export const SubnetParams = Type.Object({ project_id: ProjectId, subnet_id: Id })
export const SubnetOfVpcParams = Type.Object({ project_id: ProjectId, vpc_id: Id, subnet_id: Id })
export const PortParams = Type.Object({ project_id: ProjectId, port_id: Id })
export const PrivateIpParams = Type.Object({ project_id: ProjectId, privateip_id: Id })
export const NetworkParams = Type.Object({ project_id: ProjectId, network_id: Id })

export const NoQuery = Type.Object({})

/** Pages go by marker: the id after which the next one begins. */
export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 2000, default: 2000, description: 'Entries per page.' })),
  marker: Type.Optional(
    Type.String({ maxLength: 128, description: 'Id of the last entry of the page before; the first page without.' }),
  ),
}

const NAME_PATTERN = '^[\\u4e00-\\u9fa5a-zA-Z0-9_.-]*$'
export const Name64 = (minLength: 0 | 1) =>
  Type.String({
    minLength,
    maxLength: 64,
    pattern: NAME_PATTERN,
    description: 'Chinese characters, letters, digits and _ - .',
  })

export const Description = Type.String({ maxLength: 255, pattern: '^[^<>]*$', description: 'Without < and >.' })

export const Ipv4 = Type.String({ format: 'ipv4' })

/** Four numbers and a prefix length; whether it is a block is looked at by the use case, which says what is wrong. */
export const Cidr = Type.String({ maxLength: 18, pattern: '^\\d{1,3}(\\.\\d{1,3}){3}/\\d{1,2}$' })

/** `key*value`, as creating asks for it. */
export const TagTexts = Type.Array(
  Type.String({ minLength: 2, maxLength: 80, pattern: '^[^*<>\\\\=]{1,36}\\*[^*<>\\\\=]{0,43}$' }),
  {
    maxItems: 10,
    description: 'key*value',
  },
)

export const Moment = Type.String({ format: 'date-time', description: 'UTC, whole seconds.' })

const KEYS = ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId']

/** One row of the table of actions. */
export function action(name: string, level: Permission['level'], resource: ResourceType): Permission {
  return { action: name, level, resource, conditionKeys: level === 'List' ? [] : KEYS, dependencies: [] }
}

/** The same for what is made with tags: it has none before, and the request brings them. */
export function creation(name: string, resource: ResourceType): Permission {
  const conditionKeys = ['g:EnterpriseProjectId', 'g:RequestTag/<tag-key>', 'g:TagKeys']
  return { ...action(name, 'Write', resource), conditionKeys }
}
