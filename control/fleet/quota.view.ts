import { sql } from 'kysely'
import type { Db } from '#db'
import { findProduct } from './product.ts'
import { type Amounts, amountsOf, sumOf } from './quota.ts'

/** What the servers of a project have in all, of their own or of their group; each has its system disk and no other. */
export async function countUsed(db: Db, projectId: string): Promise<Amounts> {
  const { rows } = await sql<{ product_id: string; disk: number; count: number }>`
    SELECT coalesce(s.product_id, g.product_id) AS product_id,
           coalesce(s.root_volume_size, g.system_disk_size) AS disk, count(*)::int AS count
    FROM fleet.server AS s JOIN fleet.server_group AS g ON g.id = s.server_group_id
    WHERE s.project_id = ${projectId}
    GROUP BY 1, 2`.execute(db)
  return sumOf(
    rows.map(({ product_id, disk, count }) => {
      const { cpu = 0, memoryMb = 0, isGpu = false } = findProduct(product_id) ?? {}
      return amountsOf({ count, cpu, memoryMb, isGpu, diskSize: disk, diskCount: 1 })
    }),
  )
}
