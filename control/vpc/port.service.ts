import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Trx } from '#db'
import { claimAddress, claimAddresses } from './address.store.ts'

export interface NewPort {
  readonly id: string
  readonly projectId: string
  readonly subnetId: string
  readonly deviceId: string
  readonly macAddress: string
  /** Wanted address; undefined takes the next free one. */
  readonly fixedIp?: string
}

/** The subnet has no address left for a port; those in quarantine become free by themselves. */
export class SubnetExhausted extends Error {
  override readonly name = 'SubnetExhausted'
}

/** Locally administered, derived from the id of the device so that a repeat gives the same. */
export function macOf(deviceId: string): string {
  const bytes = createHash('sha256').update(deviceId).digest('hex').slice(0, 10)
  return ['02', ...(bytes.match(/../g) ?? [])].join(':')
}

/** The port's address when it is there already, else a new port's. */
export async function ensurePort(trx: Trx, port: NewPort, at: Date): Promise<string> {
  const known = await trx
    .selectFrom('vpc.port')
    .select(sql<string>`host(fixed_ip)`.as('address'))
    .where('id', '=', port.id)
    .executeTakeFirst()
  return known?.address ?? createPort(trx, port, at)
}

/**
 * Takes a port away with whatever it was open for, and gives back the addresses of these owners into quarantine: those
 * of the port and of its device. Harmless to repeat.
 */
export async function deletePort(
  trx: Trx,
  { portId, deviceId }: { readonly portId: string; readonly deviceId: string },
  at: Date,
  quarantinedUntil: Date,
): Promise<void> {
  await trx.deleteFrom('vpc.port').where('id', '=', portId).execute()
  await sql`
    UPDATE vpc.address
    SET owner_id = NULL, kind = NULL, claimed_at = NULL, leaving_at = NULL, released_at = ${at}::timestamptz,
        quarantined_until = ${quarantinedUntil}::timestamptz
    WHERE owner_id IN (${portId}, ${deviceId})`.execute(trx)
}

/** Makes a port with one fixed address, or throws: an address that is taken is never shared. Returns the address. */
export async function createPort(trx: Trx, port: NewPort, at: Date): Promise<string> {
  const claim = { subnetId: port.subnetId, ownerId: port.id, kind: 'fixed', at } as const
  const address = port.fixedIp ?? (await takeOne(trx, claim))
  if (port.fixedIp !== undefined && !(await claimAddress(trx, claim, port.fixedIp))) {
    throw new Error(`address ${port.fixedIp} of subnet ${port.subnetId} is taken or not of the subnet`)
  }
  await trx
    .insertInto('vpc.port')
    .values({
      id: port.id,
      project_id: port.projectId,
      subnet_id: port.subnetId,
      device_id: port.deviceId,
      mac_address: port.macAddress,
      fixed_ip: sql<string>`${address}::inet`,
      created_at: at,
    })
    .execute()
  return address
}

async function takeOne(trx: Trx, claim: Parameters<typeof claimAddress>[1]): Promise<string> {
  const claimed = await claimAddresses(trx, { ...claim, count: 1 })
  if (!('free' in claimed) && claimed[0] !== undefined) return claimed[0]
  throw new SubnetExhausted(`subnet ${claim.subnetId} has no free address for a port`)
}
