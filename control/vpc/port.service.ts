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
  throw new Error(`subnet ${claim.subnetId} has no free address for a port`)
}
