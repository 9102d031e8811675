import type { Db, Trx } from '#db'
import { AppError } from '#kernel'
import type { ResponseOf } from '../../contract/operation.ts'
import type { checkQuota } from '../../contract/operations/fleet/quota.ts'
import { getCatalogue } from './catalogue.store.ts'
import { quotaOf } from './catalogue.ts'
import { requireProduct } from './product.ts'
import { type Amounts, amountsOf, compare, limitsOf } from './quota.ts'
import { countUsed } from './quota.view.ts'

/** Servers that somebody wants to make. */
export interface NewServers {
  readonly productId: string
  readonly count: number
  /** GB of all disks of one of them. */
  readonly diskSize: number
  readonly diskCount: number
}

export function quotaLimits(projectId: string): Amounts {
  return limitsOf(quotaOf(getCatalogue(), projectId))
}

export async function compareWithQuota(
  db: Db,
  projectId: string,
  { productId, ...servers }: NewServers,
): Promise<ResponseOf<typeof checkQuota>> {
  const { cpu, memoryMb, isGpu } = requireProduct(productId)
  const need = amountsOf({ ...servers, cpu, memoryMb, isGpu })
  return compare(quotaLimits(projectId), await countUsed(db, projectId), need)
}

/**
 * Throws `fleet.quota_exhausted`, which names what there is too little of. In a transaction that holds the tenant
 * (`holdActiveTenant`) nobody makes others between the look and the servers.
 */
export async function requireQuota(trx: Trx, projectId: string, servers: NewServers): Promise<void> {
  const { quota_remainder } = await compareWithQuota(trx, projectId, servers)
  const short = quota_remainder.find(({ need, remainder }) => need > remainder)
  if (short) throw new AppError('fleet.quota_exhausted', { ...short, quota: quotaLimits(projectId)[short.type] })
}
