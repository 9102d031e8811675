import type { Db } from '#db'
import type { ResponseOf } from '../../contract/operation.ts'
import type { listTenantProfile, listWorkspaces } from '../../contract/operations/fleet/tenant.ts'
import type { TenantStatus } from './tenant.store.ts'

/** A project that nobody has switched on or off is active since it is there. */
export async function readTenantProfile(db: Db, projectId: string): Promise<ResponseOf<typeof listTenantProfile>> {
  const row = await db
    .selectFrom('iam.project as p')
    .innerJoin('iam.domain as d', 'd.id', 'p.domain_id')
    .leftJoin('fleet.tenant as t', 't.project_id', 'p.id')
    .select(['p.id', 'p.name', 'p.created_at', 'd.id as domain_id', 'd.name as domain_name'])
    .select(['t.service_status', 't.created_at as switched_at'])
    .where('p.id', '=', projectId)
    .executeTakeFirstOrThrow()
  return {
    project_id: row.id,
    project_name: row.name,
    tenant_domain_id: row.domain_id,
    tenant_domain_name: row.domain_name,
    service_status: (row.service_status ?? 'active') as TenantStatus,
    open_with_ad: true,
    create_time: (row.switched_at ?? row.created_at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  }
}

/** The oldest VPC of the project stands for its network. */
export async function readWorkspace(db: Db, projectId: string): Promise<ResponseOf<typeof listWorkspaces>> {
  const [{ service_status }, vpc] = await Promise.all([
    readTenantProfile(db, projectId),
    db
      .selectFrom('vpc.vpc')
      .select(['id', 'name'])
      .where('project_id', '=', projectId)
      .orderBy('created_at')
      .orderBy('id')
      .executeTakeFirst(),
  ])
  return {
    id: projectId,
    status: service_status === 'active' ? 'SUBSCRIBED' : 'CLOSED',
    ad_domains: { domain_type: 'LITE_AS', domain_name: '' },
    ...(vpc ? { vpc_id: vpc.id, vpc_name: vpc.name } : {}),
    subnet_ids: vpc ? await listSubnets(db, vpc.id) : [],
  }
}

function listSubnets(db: Db, vpcId: string) {
  return db
    .selectFrom('vpc.subnet')
    .select(['id as subnet_id', 'name as subnet_name'])
    .where('vpc_id', '=', vpcId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}
