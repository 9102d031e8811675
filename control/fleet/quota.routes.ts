import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { createOrder } from '../../contract/operations/fleet/order.ts'
import { checkQuota, showQuotas } from '../../contract/operations/fleet/quota.ts'
import { compareWithQuota, quotaLimits } from './quota.service.ts'
import { renderQuotas } from './quota.ts'
import { countUsed } from './quota.view.ts'

export function quotaRoutes(api: Api, db: Db): void {
  serve(api, checkQuota, ({ params: { project_id }, query }) => {
    const { product_id: productId, subscription_num: count, disk_size: diskSize, disk_num: diskCount } = query
    return compareWithQuota(db, project_id, { productId, count, diskSize, diskCount })
  })

  serve(api, showQuotas, async ({ params: { project_id } }) =>
    renderQuotas(quotaLimits(project_id), await countUsed(db, project_id)),
  )

  serve(api, createOrder, async () => {
    throw new AppError('fleet.no_orders')
  })
}
