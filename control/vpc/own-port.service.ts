import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { AddressPair, Trx } from '#db'
import { AppError } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import type {
  createPort as createOperation,
  updatePort as updateOperation,
} from '../../contract/operations/vpc/port.ts'
import type { createPrivateip } from '../../contract/operations/vpc/private-ip.ts'
import { findPoolAddress, readPortAddresses } from './address.store.ts'
import { addedPairs, findLostPair } from './address-pair.ts'
import { parsePlace } from './cidr.ts'
import { holdNetwork, holdRoom } from './limits.ts'
import { createPort } from './port.service.ts'
import { requirePort } from './port.view.ts'
import { refuseFault, type VpcDeps } from './vpc.service.ts'
import type { PortRow } from './vpc.view.ts'

type Request = BodyOf<typeof createOperation>['port']
type Change = BodyOf<typeof updateOperation>['port']
type PrivateIpRequest = BodyOf<typeof createPrivateip>['privateips'][number]

/** Locally administered, and no two alike: the column is unique. */
function newMac(): string {
  return ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':')
}

/** A port of the caller's own, without a device. */
export function createOwnPort({ db, clock }: VpcDeps, projectId: string, request: Request): Promise<PortRow> {
  const { network_id: subnetId, fixed_ips: [fixed] = [], tenant_id: tenantId = projectId } = request
  refuseFault(tenantId === projectId ? undefined : 'tenant_id is not the project of the path')
  refuseFault((fixed?.subnet_id ?? subnetId) === subnetId ? undefined : 'fixed_ips.subnet_id is not in network_id')
  const pairs = pairsOf(request.allowed_address_pairs)
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    await holdRoom(trx, projectId, 'port')
    await shareSubnet(trx, projectId, subnetId)
    const id = randomUUID()
    const own = { id, projectId, subnetId, deviceId: '', macAddress: newMac(), ...wantedAddress(fixed?.ip_address) }
    await createPort(trx, { ...own, name: request.name ?? '', deviceOwner: request.device_owner ?? '', pairs }, at)
    await requireOutsidePools(trx, own, pairs)
    return requirePort(trx, projectId, id)
  })
}

/** All of these or none. In one order of subnets, named addresses first: what is taken unnamed must not be one of them. */
export function createPrivateIps(
  { db, clock }: VpcDeps,
  projectId: string,
  requests: readonly PrivateIpRequest[],
): Promise<readonly PortRow[]> {
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    await holdRoom(trx, projectId, 'port', requests.length)
    for (const subnetId of new Set(requests.map(({ subnet_id }) => subnet_id)))
      await shareSubnet(trx, projectId, subnetId)
    const ids = requests.map(() => randomUUID())
    const numbered = requests.map((request, index) => ({ request, id: ids[index] ?? '' }))
    const named = numbered.filter(({ request }) => request.ip_address !== undefined)
    for (const { request, id } of [...named, ...numbered.filter((one) => !named.includes(one))]) {
      const { subnet_id: subnetId, ip_address } = request
      await createPort(
        trx,
        { id, projectId, subnetId, deviceId: '', macAddress: newMac(), ...wantedAddress(ip_address) },
        at,
      )
    }
    return Promise.all(ids.map((id) => requirePort(trx, projectId, id)))
  })
}

function wantedAddress(fixedIp: string | undefined): { readonly fixedIp?: string } {
  return fixedIp === undefined ? {} : { fixedIp }
}

/** Shared until the end, so that nobody deletes the subnet meanwhile. */
async function shareSubnet(trx: Trx, projectId: string, id: string): Promise<void> {
  const { rows } = await sql`
    SELECT id FROM vpc.subnet WHERE id = ${id} AND project_id = ${projectId} FOR SHARE`.execute(trx)
  if (rows.length === 0) throw new AppError('vpc.not_found', { kind: 'subnet', id })
}

/**
 * The row lock is the one that updates of servers take (`port.embedded.ts`): what they put on the port is seen whole, and
 * stays. Taking it off or changing it here is refused, because a session that runs under it would be cut off.
 */
export function updatePort({ db, clock }: VpcDeps, { id, project_id }: PortRow, change: Change): Promise<PortRow> {
  const pairs = change.allowed_address_pairs && pairsOf(change.allowed_address_pairs)
  const { name } = change
  return db.transaction().execute(async (trx) => {
    if (pairs) await holdNetwork(trx, project_id)
    const { rows } = await sql<LockedPort>`
      SELECT device_id, allowed_address_pairs FROM vpc.port WHERE id = ${id} FOR UPDATE`.execute(trx)
    const [port] = rows
    if (!port) throw new AppError('vpc.not_found', { kind: 'port', id })
    if (pairs) await requireSessionPairs(trx, port, pairs)
    if (pairs) {
      const added = addedPairs(port.allowed_address_pairs, pairs)
      await requireOutsidePools(trx, { id, projectId: project_id, deviceId: port.device_id }, added)
    }
    await trx
      .updateTable('vpc.port')
      .set({ updated_at: clock.now() })
      .$if(name !== undefined, (query) => query.set({ name: name ?? '' }))
      .$if(pairs !== undefined, (query) => query.set({ allowed_address_pairs: JSON.stringify(pairs) }))
      .where('id', '=', id)
      .execute()
    return requirePort(trx, project_id, id)
  })
}

interface LockedPort {
  readonly device_id: string
  readonly allowed_address_pairs: readonly AddressPair[]
}

async function requireSessionPairs(trx: Trx, port: LockedPort, pairs: readonly AddressPair[]): Promise<void> {
  if (port.device_id === '') return
  const { open } = await readPortAddresses(trx, port.device_id)
  const address = findLostPair(port.allowed_address_pairs, open, pairs)
  if (address === undefined) return
  const detail = 'it has to stay on this port as it is'
  throw new AppError('vpc.pairs_owned', { address, serverId: port.device_id, detail })
}

/**
 * No port is opened for what another server's sessions have, or may be given later. Whoever wants an address of a subnet
 * for a pair reserves it; the network of the project is held, so that it stays reserved until the pair is written.
 */
async function requireOutsidePools(
  trx: Trx,
  port: { readonly id: string; readonly projectId: string; readonly deviceId: string },
  pairs: readonly AddressPair[],
): Promise<void> {
  if (pairs.length === 0) return
  const places = pairs.map(({ ip_address }) => ip_address)
  const found = await findPoolAddress(trx, port, places)
  if (!found) return
  const { address, subnetId, sessionOwnerId: serverId } = found
  if (serverId === null || serverId === port.deviceId) throw new AppError('vpc.pair_in_pool', { address, subnetId })
  throw new AppError('vpc.pairs_owned', { address, serverId, detail: 'another port cannot be opened for it' })
}

/** In one form, so that two pairs are alike when they are the same: an address by itself, never as a block of one. */
function pairsOf(pairs: Change['allowed_address_pairs'] = []): AddressPair[] {
  return pairs.map(({ ip_address: written, mac_address }) => {
    const prefix = parsePlace(written)?.prefix ?? 0
    refuseFault(prefix === 0 ? `allowed_address_pairs: ${written} is neither an address nor a block` : undefined)
    const ip_address = prefix === 32 ? written.replace('/32', '') : written
    return mac_address === undefined || mac_address === '' ? { ip_address } : { ip_address, mac_address }
  })
}

/** Its address is free at once: nobody of ours ever answered under it. No other port may be open for it any more. */
export function deletePort({ db, clock }: VpcDeps, { id, project_id }: PortRow, kind = 'port'): Promise<void> {
  return db.transaction().execute(async (trx) => {
    await holdNetwork(trx, project_id)
    const { rows } = await sql<{ device_id: string; address: string }>`
      SELECT device_id, host(fixed_ip) AS address FROM vpc.port
      WHERE id = ${id} AND project_id = ${project_id} FOR UPDATE`.execute(trx)
    const [port] = rows
    if (!port) throw new AppError('vpc.not_found', { kind, id })
    if (port.device_id !== '') throw new AppError('vpc.port_in_use', { portId: id, deviceId: port.device_id })
    await requireNotOpened(trx, { id, projectId: project_id, address: port.address })
    await trx.deleteFrom('vpc.port').where('id', '=', id).execute()
    await sql`
      UPDATE vpc.address SET owner_id = NULL, kind = NULL, claimed_at = NULL, released_at = ${clock.now()}::timestamptz
      WHERE owner_id = ${id} AND kind = 'fixed'`.execute(trx)
  })
}

async function requireNotOpened(
  trx: Trx,
  { id, projectId, address }: { readonly id: string; readonly projectId: string; readonly address: string },
): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM vpc.port
    WHERE project_id = ${projectId} AND id <> ${id}
      AND allowed_address_pairs @> ${JSON.stringify([{ ip_address: address }])}::jsonb
    ORDER BY id LIMIT 1`.execute(trx)
  const [other] = rows
  if (other) throw new AppError('vpc.port_opened', { portId: id, address, otherId: other.id })
}
