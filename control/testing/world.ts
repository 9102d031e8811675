import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '#db'

/** Where a test's servers live. */
export interface TestFleet {
  readonly projectId: string
  readonly subnetId: string
  readonly groupId: string
  readonly serverIds: readonly string[]
}

export interface FleetOptions {
  readonly servers: number
  /** Sessions, and so addresses, of each server. */
  readonly maxSession: number
  readonly enable: boolean
  readonly cidr: string
  readonly rebootPolicy: 'on_change' | 'if_needed'
}

export const FLEET: FleetOptions = {
  servers: 2,
  maxSession: 4,
  enable: true,
  cidr: '10.1.0.0/24',
  rebootPolicy: 'on_change',
}

/** A project with a network, a group and servers whose agents have never been heard of, in a handful of statements. */
export async function insertFleet(db: Db, options: Partial<FleetOptions> = {}): Promise<TestFleet> {
  const { servers, maxSession, enable, cidr, rebootPolicy } = { ...FLEET, ...options }
  const domainId = randomUUID()
  const projectId = randomUUID()
  const vpcId = randomUUID()
  const subnetId = randomUUID()
  const groupId = randomUUID()
  const serverIds = Array.from({ length: servers }, () => randomUUID())
  const gateway = sql`(network(${cidr}::inet) + 1)`
  await sql`INSERT INTO iam.domain VALUES (${domainId}, ${domainId}, true, now())`.execute(db)
  await sql`INSERT INTO iam.project VALUES (${projectId}, ${domainId}, 'test', true, now())`.execute(db)
  await sql`INSERT INTO vpc.vpc VALUES (${vpcId}, ${projectId}, 'test', ${cidr}::cidr, now())`.execute(db)
  await sql`INSERT INTO vpc.subnet VALUES (${subnetId}, ${projectId}, ${vpcId}, 'test', ${cidr}::cidr, host(${gateway})::inet, true, now())`.execute(
    db,
  )
  await sql`
    INSERT INTO vpc.address (subnet_id, address)
    SELECT ${subnetId}, host(network(${cidr}::inet) + n)::inet
    FROM generate_series(2, (2 ^ (32 - masklen(${cidr}::inet)))::bigint - 4) AS n`.execute(db)
  await sql`
    INSERT INTO fleet.server_group
    VALUES (${groupId}, ${projectId}, ${`g-${groupId.slice(0, 8)}`}, '', 'image', 'private', '', 'Linux',
            'workspace.appstream.general.xlarge.2', 's2.large.2', ${vpcId}, ${subnetId}, 'SAS', 80, false, 'COMMON_APP',
            '', '', '', 0, ${JSON.stringify({ max_session: maxSession })}::jsonb, ${enable}, ${rebootPolicy}, NULL, true,
            'ANY', '0', '[]', now(), now())`.execute(db)
  await insertServers(db, { projectId, vpcId, subnetId, groupId, serverIds })
  return { projectId, subnetId, groupId, serverIds }
}

interface ServerPlace {
  readonly projectId: string
  readonly vpcId: string
  readonly subnetId: string
  readonly groupId: string
  readonly serverIds: readonly string[]
}

/** Server n has the n-th free address of the subnet as its own. */
async function insertServers(db: Db, place: ServerPlace): Promise<void> {
  const { projectId, vpcId, subnetId, groupId, serverIds } = place
  await sql`
    WITH numbered AS (SELECT id, n FROM unnest(${serverIds}::text[]) WITH ORDINALITY AS s (id, n)),
    free AS (
      SELECT address, row_number() OVER (ORDER BY address) AS n FROM vpc.address
      WHERE subnet_id = ${subnetId} AND owner_id IS NULL
    ),
    taken AS (
      UPDATE vpc.address AS a SET owner_id = 'port-' || numbered.id, kind = 'fixed', claimed_at = now()
      FROM free JOIN numbered USING (n) WHERE a.subnet_id = ${subnetId} AND a.address = free.address
    ),
    ports AS (
      INSERT INTO vpc.port (id, project_id, subnet_id, device_id, mac_address, fixed_ip, created_at)
      SELECT 'port-' || id, ${projectId}, ${subnetId}, id, 'mac-' || id, free.address, now() FROM numbered JOIN free USING (n)
    ),
    servers AS (
      INSERT INTO fleet.server (id, project_id, server_group_id, name, machine_name, status, vm_status, instance_id,
                                port_id, host_address, created_at, updated_at)
      SELECT id, ${projectId}, ${groupId}, 'APS-' || n, 'APS-' || n, 'REGISTERED', 'ACTIVE', id, 'port-' || id,
             jsonb_build_object('addr', host(free.address), 'mac_addr', 'mac-' || id, 'port_id', 'port-' || id,
                                'vpc_id', ${vpcId}::text, 'subnet_id', ${subnetId}::text),
             now() + n * interval '1 ms', now()
      FROM numbered JOIN free USING (n) RETURNING id
    )
    INSERT INTO agents.agent (server_id) SELECT id FROM servers`.execute(db)
}
