import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetricsDriver } from './metrics.ts'
import { readingOf } from './metrics-reading.ts'

/** A file of `/proc` that is larger than this is none of those we read. */
const MAX_FILE_BYTES = 4 * 1024 * 1024

/** The host as the kernel shows it to this process: interfaces and sockets are those of its network namespace. */
export function linuxMetrics(proc = '/proc', root = '/'): MetricsDriver {
  const load = async (name: string) => (await readFile(join(proc, name), 'utf8')).slice(0, MAX_FILE_BYTES)
  const loadIfThere = (name: string) => load(name).catch(() => '')
  return {
    read: async () => {
      const [stat, meminfo, diskstats, netDev, netRoute, sockstat, sockstat6, fileSystem] = await Promise.all([
        load('stat'),
        load('meminfo'),
        loadIfThere('diskstats'),
        load('net/dev'),
        loadIfThere('net/route'),
        loadIfThere('net/sockstat'),
        loadIfThere('net/sockstat6'),
        statfs(root),
      ])
      const files = { stat, meminfo, diskstats, netDev, netRoute, sockstat, sockstat6 }
      return readingOf(performance.now(), files, fileSystem)
    },
  }
}
