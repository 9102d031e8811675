import type { Trx } from '#db'
import { AppError } from '#kernel'
import { getCatalogue } from './catalogue.store.ts'
import type { FleetDeps } from './server-group.service.ts'
import {
  countHolders,
  deleteServerGroup as deleteRow,
  lockFamily,
  lockToDelete,
  type ServerGroupRow,
  updateServerGroup,
  updateStandbys,
} from './server-group.store.ts'
import type { Subnet } from './server-group.ts'
import { columnsOf, findChangeContradiction, type GroupChange, handedBy } from './server-group-change.ts'

/** Changes the group, and what its standby groups have from it. Throws when the change contradicts what is there. */
export async function changeServerGroup(
  deps: FleetDeps,
  projectId: string,
  id: string,
  change: GroupChange,
): Promise<void> {
  const at = deps.clock.now()
  await deps.db.transaction().execute(async (trx) => {
    const family = await lockFamily(trx, projectId, id)
    const group = family.find((one) => one.id === id)
    if (!group) throw new AppError('fleet.server_group_not_found', { serverGroupId: id })
    const primary = family.find((one) => one.id === group.primary_server_group_id)
    const standbys = family.filter((one) => one.primary_server_group_id === id)
    const wantsAddresses = change.ip_virtual?.enable === true
    const subnets = wantsAddresses ? await readSubnets(deps, trx, [group, ...standbys]) : new Map<string, Subnet>()
    const subnetOf = (groupId: string) => subnets.get(groupId) ?? { id: '', dhcpEnable: true }
    const place = { catalogue: getCatalogue(), group, primary, standbys, subnetOf }
    const detail = findChangeContradiction(change, place)
    if (detail !== undefined) throw new AppError('fleet.server_group_refused', { detail })
    await updateServerGroup(trx, id, { ...columnsOf(change, group), updated_at: at })
    if (handsOn(change)) await updateStandbys(trx, id, { ...handedBy(change, group), updated_at: at })
  })
}

function handsOn({ app_type, storage_mount_policy, ip_virtual }: GroupChange): boolean {
  return [app_type, storage_mount_policy, ip_virtual].some((member) => member !== undefined)
}

async function readSubnets(
  { requireSubnet }: FleetDeps,
  trx: Trx,
  groups: readonly ServerGroupRow[],
): Promise<ReadonlyMap<string, Subnet>> {
  const found = new Map<string, Subnet>()
  for (const { id, project_id, vpc_id, subnet_id } of groups) {
    found.set(id, await requireSubnet(trx, project_id, vpc_id, subnet_id))
  }
  return found
}

/** A group that is not there counts as deleted; one that servers or standby groups hold is refused, with their number. */
export async function removeServerGroup({ db }: FleetDeps, projectId: string, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await lockToDelete(trx, projectId, id))) return
    const { servers, standbys } = await countHolders(trx, id)
    if (servers + standbys > 0)
      throw new AppError('fleet.server_group_in_use', { serverGroupId: id, servers, standbys })
    await deleteRow(trx, id)
  })
}
