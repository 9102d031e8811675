import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { createOrder } from '../../contract/operations/fleet/order.ts'
import { checkQuota, showQuotas } from '../../contract/operations/fleet/quota.ts'
import { getCatalogue } from './catalogue.store.ts'
import { quotaOf } from './catalogue.ts'
import { requireProduct } from './product.ts'
import { amountsOf, compare, limitsOf, renderQuotas } from './quota.ts'
import { countUsed } from './quota.view.ts'

export function quotaRoutes(api: Api, db: Db): void {
  const limits = (projectId: string) => limitsOf(quotaOf(getCatalogue(), projectId))

  serve(api, checkQuota, async ({ params: { project_id }, query }) => {
    const { cpu, memoryMb, isGpu } = requireProduct(query.product_id)
    const { subscription_num: count, disk_size: diskSize, disk_num: diskCount } = query
    const need = amountsOf({ count, cpu, memoryMb, isGpu, diskSize, diskCount })
    return compare(limits(project_id), await countUsed(db, project_id), need)
  })

  serve(api, showQuotas, async ({ params: { project_id } }) =>
    renderQuotas(limits(project_id), await countUsed(db, project_id)),
  )

  serve(api, createOrder, async () => {
    throw new AppError('fleet.no_orders')
  })
}
