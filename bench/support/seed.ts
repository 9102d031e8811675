import type { World } from '../../control/index.ts'

/** One statement on whichever database; both drivers number parameters alike. */
export type Run = (text: string, values: readonly unknown[]) => Promise<{ readonly rows: readonly unknown[] }>

const SERVERS = `
  WITH place AS (SELECT $1::text AS project_id, $2::text AS group_id, $3::text AS subnet_id, $4::text AS vpc_id),
  ids AS (
    SELECT n, md5('bench server ' || n)::uuid::text AS id, 'bench-port-' || n AS port_id,
           '02:' || substr(md5(n::text), 1, 10) AS mac
    FROM generate_series(1, $5::int) AS n
  ),
  servers AS (
    INSERT INTO fleet.server (id, project_id, server_group_id, name, machine_name, status, vm_status, instance_id,
                              port_id, host_address, created_at, updated_at)
    SELECT id, project_id, group_id, 'APS-' || n, 'APS-' || n, 'REGISTERED', 'ACTIVE', id, port_id,
           jsonb_build_object('addr', '0.0.0.0', 'mac_addr', mac, 'port_id', port_id, 'vpc_id', vpc_id,
                              'subnet_id', subnet_id),
           now() + n * interval '1 ms', now()
    FROM ids, place ORDER BY n RETURNING id
  ),
  agents AS (INSERT INTO agents.agent (server_id) SELECT id FROM servers)
  SELECT id FROM ids ORDER BY n`

/** Servers in their thousands, straight into the tables; no agent will ever speak for them. Returns their ids. */
export async function seedServers(run: Run, world: World, count: number): Promise<readonly string[]> {
  const place = [world.project.id, world.server_group.id, world.subnet.id, world.vpc.id]
  const { rows } = await run(SERVERS, [...place, count])
  // now, rather than by the server's own housekeeping in the middle of a measurement
  await run('VACUUM ANALYZE fleet.server', [])
  return rows.map((row) => (row as { id: string }).id)
}

/** Jobs, their sub-jobs, updates and queued work: what the answers with 200 must have left behind. */
export async function countWork(
  run: Run,
): Promise<Readonly<Record<'jobs' | 'sub_jobs' | 'updates' | 'queued', number>>> {
  const count = async (from: string) =>
    Number(((await run(`SELECT count(*) AS n FROM ${from}`, [])).rows[0] as { n: unknown }).n)
  return {
    jobs: await count('jobs.job'),
    sub_jobs: await count('jobs.sub_job'),
    updates: await count('tsvi.update'),
    queued: await count("pgboss.job WHERE name = 'tsvi.start_job'"),
  }
}
