import { sql } from 'kysely'
import type { Db, Tag } from '#db'
import type { Resource } from '#http'
import type { ServerTarget } from './server.view.ts'

/** What the network is asked about before something is put into it: it belongs to the enterprise project of its VPC. */
export interface Place {
  readonly vpc: Resource
  readonly subnet: Resource
  /** Any port in the subnet, or one that is to be made there. */
  readonly port: Resource
}

interface Asked {
  readonly vpc_id: string
  readonly subnet_id: string
}

/** What is not there has no tags and belongs to no enterprise project: who may not read any is not told so. */
export async function readPlace(
  db: Db,
  projectId: string,
  { vpc_id: vpcId, subnet_id: subnetId }: Asked,
): Promise<Place> {
  const { rows } = await sql<{ kind: 'vpc' | 'subnet'; tags: Tag[]; eps: string }>`
    SELECT 'vpc' AS kind, tags, enterprise_project_id AS eps FROM vpc.vpc
    WHERE id = ${vpcId} AND project_id = ${projectId}
    UNION ALL
    SELECT 'subnet', s.tags, v.enterprise_project_id FROM vpc.subnet AS s JOIN vpc.vpc AS v ON v.id = s.vpc_id
    WHERE s.id = ${subnetId} AND s.project_id = ${projectId}`.execute(db)
  const of = (kind: 'vpc' | 'subnet', id: string): Resource => {
    const row = rows.find((one) => one.kind === kind)
    return { type: kind, id, tags: row?.tags ?? [], enterpriseProjectId: row?.eps ?? null }
  }
  const subnet = of('subnet', subnetId)
  const { enterpriseProjectId } = subnet
  return { vpc: of('vpc', vpcId), subnet, port: { type: 'port', id: '*', tags: [], enterpriseProjectId } }
}

type Network = Pick<ServerTarget, 'subnet_id' | 'port_id' | 'subnet_tags' | 'network_enterprise_project_id'>

export function subnetResource({ subnet_id: id, subnet_tags: tags, ...target }: Network): Resource {
  return { type: 'subnet', id, tags: tags ?? [], enterpriseProjectId: target.network_enterprise_project_id }
}

export function portResource({ port_id: id, network_enterprise_project_id: enterpriseProjectId }: Network): Resource {
  return { type: 'port', id, tags: [], enterpriseProjectId }
}
