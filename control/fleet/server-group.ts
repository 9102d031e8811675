import type { BodyOf } from '../../contract/operation.ts'
import type { createServerGroup } from '../../contract/operations/fleet/server-group.ts'
import type { Product } from './product.ts'
import { maxExtraSessions } from './session-limit.ts'

export type GroupRequest = BodyOf<typeof createServerGroup>

/** What a primary and its standby groups have in common (contract 4.2); every group mounts its storage alike. */
export interface Kind {
  readonly os_type: string
  readonly is_vdi: boolean
  readonly app_type: string
  readonly ip_virtual_enable: boolean
}

export interface Surroundings {
  readonly product: Product
  readonly subnet: { readonly id: string; readonly dhcpEnable: boolean }
  /** Of a standby group; undefined when the group is none. */
  readonly primary: Kind | undefined
}

type Rule = readonly [isBroken: boolean, detail: string]

/** Why a group cannot be as it is asked for (contract 4.1 and 4.2); undefined when it can. */
export function findContradiction(
  request: GroupRequest,
  { product, subnet, primary }: Surroundings,
): string | undefined {
  const rules = [
    ...ipVirtualRules(request, subnet),
    ...sessionRules(request, product),
    ...imageRules(request),
    ...tagRules(request),
    ...(primary ? standbyRules(kindOf(request), primary) : []),
  ]
  return rules.find(([isBroken]) => isBroken)?.[1]
}

export function kindOf(request: GroupRequest): Kind {
  return {
    os_type: request.os_type,
    is_vdi: request.is_vdi ?? false,
    app_type: request.app_type ?? 'COMMON_APP',
    ip_virtual_enable: request.ip_virtual?.enable ?? false,
  }
}

/** Terraform sends 0 for a number that is not set. */
export function setNumbers(policy: GroupRequest['route_policy']): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(policy ?? {}).filter(([, value]) => value > 0))
}

function ipVirtualRules(request: GroupRequest, subnet: Surroundings['subnet']): readonly Rule[] {
  if (request.ip_virtual?.enable !== true) return []
  return [
    [request.is_vdi === true, 'ip_virtual.enable needs is_vdi=false; the group asks for true'],
    // the agent gives addresses on both; of another system nobody knows
    [request.os_type === 'Other', 'ip_virtual.enable needs os_type Windows or Linux; the group asks for Other'],
    [!subnet.dhcpEnable, `ip_virtual.enable needs DHCP; subnet ${subnet.id} has it off`],
  ]
}

function sessionRules(request: GroupRequest, { productId, cpu, sessions }: Product): readonly Rule[] {
  const extra = request.extra_session_size ?? 0
  const most = maxExtraSessions(productId)
  const why = `10 for each of its ${cpu} vCPUs less the ${sessions} it includes`
  const single = request.is_vdi === true
  return [
    [single && Object.keys(setNumbers(request.route_policy)).length > 0, 'route_policy needs is_vdi=false'],
    [single && extra > 0, 'extra_session_size needs is_vdi=false'],
    [extra > 0 && request.extra_session_type === undefined, 'extra_session_size needs extra_session_type'],
    [extra > most, `extra_session_size is at most ${most} for ${productId}: ${why}`],
  ]
}

function imageRules({ image_type, image_product_id = '', os_type, reboot_policy }: GroupRequest): readonly Rule[] {
  return [
    [image_type === 'gold' && image_product_id === '', 'image_type gold needs image_product_id'],
    [reboot_policy === 'if_needed' && os_type !== 'Linux', 'reboot_policy if_needed needs os_type Linux'],
  ]
}

function tagRules({ tags = [] }: GroupRequest): readonly Rule[] {
  const twice = tags.find(({ key }, index) => tags.findIndex((tag) => tag.key === key) < index)
  return [[twice !== undefined, `the tag ${twice?.key} is there twice`]]
}

function standbyRules(own: Kind, primary: Kind): readonly Rule[] {
  const members = [
    ['os_type', primary.os_type, own.os_type],
    ['is_vdi', primary.is_vdi, own.is_vdi],
    ['app_type', primary.app_type, own.app_type],
    ['ip_virtual.enable', primary.ip_virtual_enable, own.ip_virtual_enable],
  ] as const
  return members.map(([name, theirs, ours]) => [
    theirs !== ours,
    `a standby group is as its primary one, which has ${name} ${theirs}, this one ${ours}`,
  ])
}
