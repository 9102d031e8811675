import { sql } from 'kysely'
import type { Db } from '#db'
import { AppError } from '#kernel'
import type { Page, PortRow } from './vpc.view.ts'

function selectPorts(db: Db, projectId: string) {
  return db
    .selectFrom('vpc.port as p')
    .innerJoin('vpc.subnet as s', 's.id', 'p.subnet_id')
    .innerJoin('vpc.vpc as v', 'v.id', 's.vpc_id')
    .select(['p.id', 'p.project_id', 'p.subnet_id', 'p.name', 'p.device_id', 'p.device_owner', 'p.mac_address'])
    .select(['p.allowed_address_pairs', 'v.enterprise_project_id', sql<string>`host(p.fixed_ip)`.as('fixed_ip')])
    .where('p.project_id', '=', projectId)
}

/** `kind` is what the caller calls it: a port or a private IP. */
export async function requirePort(db: Db, projectId: string, id: string, kind = 'port'): Promise<PortRow> {
  const row = await selectPorts(db, projectId).where('p.id', '=', id).executeTakeFirst()
  if (!row) throw new AppError('vpc.not_found', { kind, id })
  return row
}

/** Empty filters nothing. */
export interface PortFilter {
  readonly id: string
  readonly name: string
  readonly subnetId: string
  readonly macAddress: string
  readonly deviceId: string
  readonly deviceOwner: string
  readonly status: string
  readonly fixedIp: string
}

export const NO_FILTER: PortFilter = {
  ...{ id: '', name: '', subnetId: '', macAddress: '', deviceId: '', deviceOwner: '', status: '', fixedIp: '' },
}

export function listPortPage(db: Db, projectId: string, filter: PortFilter, page: Page): Promise<PortRow[]> {
  const tests = [
    filter.id === '' ? undefined : sql<boolean>`p.id = ${filter.id}`,
    filter.name === '' ? undefined : sql<boolean>`p.name = ${filter.name}`,
    filter.subnetId === '' ? undefined : sql<boolean>`p.subnet_id = ${filter.subnetId}`,
    filter.macAddress === '' ? undefined : sql<boolean>`p.mac_address = ${filter.macAddress.toLowerCase()}`,
    filter.deviceId === '' ? undefined : sql<boolean>`p.device_id = ${filter.deviceId}`,
    filter.deviceOwner === ''
      ? undefined
      : sql<boolean>`CASE WHEN p.device_owner = '' AND p.device_id <> '' THEN 'compute:nova' ELSE p.device_owner END = ${filter.deviceOwner}`,
    filter.status === ''
      ? undefined
      : sql<boolean>`CASE WHEN p.device_id = '' THEN 'DOWN' ELSE 'ACTIVE' END = ${filter.status}`,
    filter.fixedIp === '' ? undefined : sql<boolean>`host(p.fixed_ip) = ${filter.fixedIp}`,
  ]
  const all = selectPorts(db, projectId).where('p.id', '>', page.marker)
  const matching = tests.reduce((query, test) => (test ? query.where(test) : query), all)
  return matching.orderBy('p.id').limit(page.limit).execute()
}
