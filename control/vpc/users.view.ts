import { sql } from 'kysely'
import type { Trx } from '#db'

/** Named at the most; the others are counted. */
const NAMED = 3

/** What is in a VPC or a subnet and keeps it, as words; undefined when nothing is. */
export async function nameUsers(
  trx: Trx,
  place: { readonly vpcId: string } | { readonly subnetId: string },
): Promise<string | undefined> {
  const { rows } = await ('vpcId' in place ? usersOfVpc(trx, place.vpcId) : usersOfSubnet(trx, place.subnetId))
  if (rows.length === 0) return undefined
  const more = (rows[0]?.total ?? 0) - NAMED
  return `${rows.map(({ what, id }) => `${what} ${id}`).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

interface User {
  readonly what: string
  readonly id: string
  readonly total: number
}

function usersOfVpc(trx: Trx, vpcId: string) {
  return sql<User>`
    SELECT what, id, count(*) OVER ()::int AS total FROM (
      SELECT 'subnet' AS what, id FROM vpc.subnet WHERE vpc_id = ${vpcId}
      UNION ALL SELECT 'server group', id FROM fleet.server_group WHERE vpc_id = ${vpcId}
    ) AS users ORDER BY what DESC, id LIMIT ${NAMED}`.execute(trx)
}

/**
 * Server groups; servers, whose port comes after them; ports that are no server's, and with them private IPs; addresses
 * that anybody else still holds.
 */
function usersOfSubnet(trx: Trx, subnetId: string) {
  return sql<User>`
    SELECT what, id, count(*) OVER ()::int AS total FROM (
      SELECT 'server group' AS what, id FROM fleet.server_group WHERE subnet_id = ${subnetId}
      UNION ALL
      SELECT 'server', id FROM fleet.server WHERE host_address ->> 'subnet_id' = ${subnetId}
      UNION ALL
      SELECT 'port', p.id FROM vpc.port AS p
      WHERE p.subnet_id = ${subnetId} AND NOT EXISTS (SELECT FROM fleet.server AS s WHERE s.id = p.device_id)
      UNION ALL
      SELECT 'session address', host(address) FROM vpc.address WHERE subnet_id = ${subnetId} AND kind = 'session'
    ) AS users ORDER BY what DESC, id LIMIT ${NAMED}`.execute(trx)
}
