import type { BodyOf } from '../../contract/operation.ts'
import type { createServerGroup } from '../../contract/operations/fleet/server-group.ts'
import { NAME } from '../../contract/operations/fleet/server-group-fields.ts'
import { findImage } from './catalogue.ts'
import type { Catalogue } from './catalogue-document.ts'
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

/** What a group can be the standby of. */
export interface Primary extends Kind {
  readonly id: string
  readonly primary_server_group_id: string | null
}

export interface Subnet {
  readonly id: string
  readonly dhcpEnable: boolean
}

export interface Surroundings {
  readonly catalogue: Catalogue
  readonly product: Product
  readonly subnet: Subnet
  /** Of a standby group; undefined when the group is none. */
  readonly primary: Primary | undefined
}

export type Rule = readonly [isBroken: boolean, detail: string]

export function findBroken(rules: readonly Rule[]): string | undefined {
  return rules.find(([isBroken]) => isBroken)?.[1]
}

const NAME_RULE = new RegExp(NAME)

/** The rule that the contract has for names (1.9), for whoever wants to ask before. */
export function isGroupName(name: string): boolean {
  return NAME_RULE.test(name)
}

/** Why a group cannot be as it is asked for (contract 4.1 and 4.2); undefined when it can. */
export function findContradiction(
  request: GroupRequest,
  { catalogue, product, subnet, primary }: Surroundings,
): string | undefined {
  const kind = kindOf(request)
  return findBroken([
    ...ipVirtualRules(kind, subnet),
    ...sessionRules(request, product),
    ...routeRules(kind, setNumbers(request.route_policy), catalogue),
    ...imageRules({ image_product_id: '', ...request }, catalogue),
    [request.reboot_policy === 'if_needed' && kind.os_type !== 'Linux', 'reboot_policy if_needed needs os_type Linux'],
    ...duplicateRules(request.tags ?? []),
    ...(primary ? standbyRules(kind, primary) : []),
  ])
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

export function ipVirtualRules({ ip_virtual_enable, is_vdi, os_type }: Kind, subnet: Subnet): readonly Rule[] {
  if (!ip_virtual_enable) return []
  return [
    [is_vdi, 'ip_virtual.enable needs is_vdi=false; the group has true'],
    // the agent gives addresses on both; of another system nobody knows
    [os_type === 'Other', 'ip_virtual.enable needs os_type Windows or Linux; the group has Other'],
    [!subnet.dhcpEnable, `ip_virtual.enable needs DHCP; subnet ${subnet.id} has it off`],
  ]
}

export function routeRules(
  { is_vdi }: Kind,
  policy: Readonly<Record<string, number>>,
  { limits }: Catalogue,
): readonly Rule[] {
  const { max_session = 0 } = policy
  return [
    [is_vdi && Object.keys(policy).length > 0, 'route_policy needs is_vdi=false'],
    [max_session > limits.max_session, `route_policy.max_session is at most ${limits.max_session} here`],
  ]
}

function sessionRules(request: GroupRequest, { productId, cpu, sessions }: Product): readonly Rule[] {
  const extra = request.extra_session_size ?? 0
  const most = maxExtraSessions(productId)
  const why = `10 for each of its ${cpu} vCPUs less the ${sessions} it includes`
  return [
    [request.is_vdi === true && extra > 0, 'extra_session_size needs is_vdi=false'],
    [extra > 0 && request.extra_session_type === undefined, 'extra_session_size needs extra_session_type'],
    [extra > most, `extra_session_size is at most ${most} for ${productId}: ${why}`],
  ]
}

export interface Imaged {
  readonly image_id: string
  readonly image_type: string
  readonly image_product_id: string
  readonly os_type: string
  readonly system_disk_type: string
  readonly system_disk_size: number
}

export function imageRules(group: Imaged, catalogue: Catalogue): readonly Rule[] {
  const { image_type, system_disk_type } = group
  const disks = catalogue.volume_types.map(({ volume_type }) => volume_type as string)
  return [
    [image_type === 'gold' && group.image_product_id === '', 'image_type gold needs image_product_id'],
    [!disks.includes(system_disk_type), `system_disk_type must be one of ${disks.join(', ')} here`],
    ...listedImageRules(group, catalogue),
  ]
}

/** An image, what it is said to be, and the disk it is for; what is absent is not compared. */
export type ImageUse = Pick<Imaged, 'image_id' | 'os_type'> & Partial<Pick<Imaged, 'image_type' | 'system_disk_size'>>

/** An image that the catalogue lists has to be what is said of it there; of another one nothing is known (decision 0040). */
export function listedImageRules(use: ImageUse, catalogue: Catalogue): readonly Rule[] {
  const image = findImage(catalogue, use.image_id)
  if (image === undefined) return []
  const { name, os_type = use.os_type, min_disk } = image
  const { image_type = image.image_type, system_disk_size = min_disk } = use
  return [
    [os_type !== use.os_type, `the image ${name} has os_type ${os_type}, the group ${use.os_type}`],
    [image.image_type !== image_type, `the image ${name} has image_type ${image.image_type}, not ${image_type}`],
    [system_disk_size < min_disk, `the image ${name} needs a system_disk_size of at least ${min_disk} GB`],
  ]
}

export function duplicateRules(tags: readonly { readonly key: string }[]): readonly Rule[] {
  const twice = tags.find(({ key }, index) => tags.findIndex((tag) => tag.key === key) < index)
  return [[twice !== undefined, `the tag ${twice?.key} is there twice`]]
}

function standbyRules(own: Kind, primary: Primary): readonly Rule[] {
  const members = [
    ['os_type', primary.os_type, own.os_type],
    ['is_vdi', primary.is_vdi, own.is_vdi],
    ['app_type', primary.app_type, own.app_type],
    ['ip_virtual.enable', primary.ip_virtual_enable, own.ip_virtual_enable],
  ] as const
  return [
    [primary.primary_server_group_id !== null, `${primary.id} is a standby group itself, and cannot be a primary one`],
    ...members.map(
      ([name, theirs, ours]): Rule => [
        theirs !== ours,
        `a standby group is as its primary one, which has ${name} ${theirs}, this one ${ours}`,
      ],
    ),
  ]
}
