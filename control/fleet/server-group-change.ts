import type { RoutePolicy } from '#db'
import type { BodyOf } from '../../contract/operation.ts'
import type { updateServerGroup } from '../../contract/operations/fleet/server-group-change.ts'
import type { Catalogue } from './catalogue-document.ts'
import {
  findBroken,
  type Imaged,
  imageRules,
  ipVirtualRules,
  type Kind,
  type Rule,
  routeRules,
  type Subnet,
  setNumbers,
} from './server-group.ts'

export type GroupChange = BodyOf<typeof updateServerGroup>

/** A group as it is, of what a change can touch or depends on. */
export interface ChangedGroup extends Kind, Imaged {
  readonly id: string
  readonly name: string
  readonly storage_mount_policy: string
  readonly route_policy: RoutePolicy
}

/** What a change meets: the group, its primary if it is a standby one, its own standby groups, and all their subnets. */
export interface ChangePlace {
  readonly catalogue: Catalogue
  readonly group: ChangedGroup
  readonly primary: ChangedGroup | undefined
  readonly standbys: readonly ChangedGroup[]
  readonly subnetOf: (groupId: string) => Subnet
}

/** What a primary hands on to its standby groups. */
export interface Handed {
  readonly app_type: string
  readonly storage_mount_policy: string
  readonly ip_virtual_enable: boolean
}

/** Why a group cannot be changed so (contract 4.2 and 4.3); undefined when it can. */
export function findChangeContradiction(change: GroupChange, place: ChangePlace): string | undefined {
  const { catalogue, group, primary, standbys, subnetOf } = place
  const changed = { ...group, ...definedOf(change), ...handedBy(change, group) }
  const policy = setNumbers(change.route_policy)
  return findBroken([
    ...(changesImage(change, group) ? imageRules(changed, catalogue) : []),
    ...routeRules(changed, policy, catalogue),
    ...(primary ? standbyRules(changed, primary) : []),
    ...(change.ip_virtual === undefined
      ? []
      : [changed, ...standbys.map((standby) => ({ ...standby, ...handedBy(change, group) }))].flatMap((one) =>
          ipVirtualRules(one, subnetOf(one.id)),
        )),
  ])
}

/** Terraform sends the image with every change: one that stays as it is may be older than the catalogue. */
function changesImage(change: GroupChange, group: ChangedGroup): boolean {
  const members = ['image_id', 'image_type', 'image_product_id', 'system_disk_type', 'system_disk_size'] as const
  return members.some((member) => change[member] !== undefined && change[member] !== group[member])
}

function standbyRules(changed: Handed, primary: ChangedGroup): readonly Rule[] {
  const members = ['app_type', 'storage_mount_policy', 'ip_virtual_enable'] as const
  return members.map((member) => [
    changed[member] !== primary[member],
    `a standby group has the ${member === 'ip_virtual_enable' ? 'ip_virtual' : member} of its primary one; change ${primary.id}`,
  ])
}

export function handedBy(change: GroupChange, group: Handed): Handed {
  return {
    app_type: change.app_type ?? group.app_type,
    storage_mount_policy: change.storage_mount_policy ?? group.storage_mount_policy,
    ip_virtual_enable: change.ip_virtual?.enable ?? group.ip_virtual_enable,
  }
}

/** The columns that a change sets on the group itself. */
export function columnsOf(change: GroupChange, group: ChangedGroup) {
  const { route_policy, ...plain } = definedOf(change)
  return {
    ...plain,
    ...handedBy(change, group),
    ...(route_policy === undefined
      ? {}
      : { route_policy: JSON.stringify(mergeRoute(group.route_policy, route_policy)) }),
  }
}

/** A number replaces, 0 takes away, and what is not named stays. */
export function mergeRoute(policy: RoutePolicy, change: RoutePolicy): Readonly<Record<string, number>> {
  return setNumbers({ ...policy, ...change })
}

/** Without what is handed on, which is a column of another form. */
function definedOf({ ip_virtual: _wish, app_type: _type, storage_mount_policy: _policy, ...change }: GroupChange) {
  return change
}
