import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { percent } from '../metrics/measure.ts'
import type { MetricsDriver } from './metrics.ts'
import { diskUtil } from './metrics-reading.ts'

/**
 * An in-memory host is a part of this process, so its figures are this process's own: its share of the processors and of
 * the memory, the file system it lies on, what it read from and wrote to disks. It has no network, and says nothing of one.
 */
export function memoryMetrics(): MetricsDriver {
  return {
    read: async () => {
      const at = performance.now()
      const { user, system } = process.cpuUsage()
      const { fsRead, fsWrite } = process.resourceUsage()
      return {
        at,
        cpu: { busy: user + system, total: at * 1000 * availableParallelism() },
        gauges: {
          mem_util: percent(process.memoryUsage.rss(), totalmem()),
          disk_util_inband: diskUtil(await statfs('.')),
        },
        counters: { disk_read_requests_rate: fsRead, disk_write_requests_rate: fsWrite },
      }
    },
  }
}
