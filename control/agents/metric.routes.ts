import type { Db } from '#db'
import { requireServers, resourceOf } from '#fleet'
import { type Api, serve } from '#http'
import { AppError } from '#kernel'
import { listServerMetricData, showServerMetricData } from '../../contract/operations/agents/metric.ts'
import { type Asked, readList, readName, readShow } from './metric.ts'
import { listMetric, showMetrics } from './metric.view.ts'

export function metricRoutes(api: Api, db: Db): void {
  serve(api, showServerMetricData, async ({ params, query, authorize }) => {
    await authorize((await requireServers(db, params.project_id, [params.server_id])).map(resourceOf))
    const asked = accept(readShow(query.start_time, query.end_time, query.metric_name ?? ''))
    return showMetrics(db, params.server_id, asked)
  })

  serve(api, listServerMetricData, async ({ params, query, authorize }) => {
    await authorize((await requireServers(db, params.project_id, [params.server_id])).map(resourceOf))
    const { name } = accept(readName(query.namespace, query.metric_name))
    return listMetric(db, params.server_id, name, { ...accept(readList(query)), filter: query.filter })
  })
}

function accept<T extends object>(asked: Asked<T>): T {
  if ('problem' in asked) throw new AppError('agents.metrics_refused', { detail: asked.problem })
  return asked
}
