import type { Sample } from '../../contract/agent/metrics.ts'
import { percent, type Reading } from '../metrics/measure.ts'

/** What of `/proc` is read, as it is printed; see proc(5). */
export interface ProcFiles {
  readonly stat: string
  readonly meminfo: string
  readonly diskstats: string
  readonly netDev: string
  readonly netRoute: string
  readonly sockstat: string
  /** Empty where the kernel has no IPv6. */
  readonly sockstat6: string
}

/** Blocks of the root file system, as statfs(2) counts them. */
export interface FileSystem {
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
}

export function readingOf(at: number, files: ProcFiles, root: FileSystem): Reading {
  return {
    at,
    cpu: cpuOf(files.stat),
    gauges: { ...memoryOf(files.meminfo), disk_util_inband: diskUtil(root), ...connectionsOf(files) },
    counters: { ...disksOf(files.diskstats), ...networkOf(files.netDev, files.netRoute) },
  }
}

/** `cpu user nice system idle iowait irq softirq steal guest guest_nice`: guest time is in user and nice already. */
export function cpuOf(stat: string): Reading['cpu'] {
  const line = /^cpu +(.+)$/m.exec(stat)?.[1]
  if (line === undefined) return null
  const ticks = line.split(/\s+/).map(Number).slice(0, 8)
  const total = ticks.reduce((sum, each) => sum + each, 0)
  const [, , , idle = 0, iowait = 0] = ticks
  return Number.isFinite(total) ? { busy: total - idle - iowait, total } : null
}

export function memoryOf(meminfo: string): Sample {
  const kibibytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(meminfo)?.[1])
  const total = kibibytes('MemTotal')
  const available = kibibytes('MemAvailable')
  return total > 0 && available >= 0 ? { mem_util: percent(total - available, total) } : {}
}

/** As `df` counts: what only root may still use is not there for others. */
export function diskUtil({ blocks, bfree, bavail }: FileSystem): number {
  const used = blocks - bfree
  return percent(used, used + bavail)
}

/** Whole disks only: a partition, a mapper and the disk below it are the same bytes. */
const WHOLE_DISK = /^(?:[shv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/
const SECTOR_BYTES = 512

export function disksOf(diskstats: string): Sample {
  const disks = rows(diskstats).filter(([, , name = '']) => WHOLE_DISK.test(name))
  if (disks.length === 0) return {}
  const sum = (column: number) => disks.reduce((total, fields) => total + (Number(fields[column]) || 0), 0)
  return {
    disk_read_requests_rate: sum(3),
    disk_read_bytes_rate: sum(5) * SECTOR_BYTES,
    disk_write_requests_rate: sum(7),
    disk_write_bytes_rate: sum(9) * SECTOR_BYTES,
  }
}

interface Traffic {
  readonly name: string
  readonly received: number
  readonly sent: number
}

export function networkOf(netDev: string, netRoute: string): Sample {
  const all = netDev.split('\n').flatMap(trafficOf)
  if (all.length === 0) return {}
  const byDefault = rows(netRoute).find(([, destination]) => destination === '00000000')?.[0]
  const main = all.filter(({ name }) => name === byDefault)
  const sum = (interfaces: readonly Traffic[], direction: 'received' | 'sent') =>
    interfaces.reduce((total, each) => total + each[direction], 0)
  return {
    network_incoming_bytes_aggregate_rate: sum(all, 'received'),
    network_outgoing_bytes_aggregate_rate: sum(all, 'sent'),
    ...(main.length === 0
      ? {}
      : {
          network_incoming_bytes_rate_inband: sum(main, 'received'),
          network_outgoing_bytes_rate_inband: sum(main, 'sent'),
        }),
  }
}

/** `  eth0: bytes packets errs drop fifo frame compressed multicast bytes …` */
function trafficOf(line: string): readonly Traffic[] {
  const [, name, numbers] = /^ *([^ :]+): *(.+)$/.exec(line) ?? []
  if (name === undefined || numbers === undefined || name === 'lo') return []
  const fields = numbers.split(/\s+/).map(Number)
  return [{ name, received: fields[0] ?? 0, sent: fields[8] ?? 0 }]
}

export function connectionsOf({ sockstat, sockstat6 }: Pick<ProcFiles, 'sockstat' | 'sockstat6'>): Sample {
  const inUse = [...`${sockstat}\n${sockstat6}`.matchAll(/^(?:TCP|UDP)6?: inuse (\d+)/gm)].map(([, count]) =>
    Number(count),
  )
  return inUse.length === 0 ? {} : { network_vm_connections: inUse.reduce((total, count) => total + count, 0) }
}

function rows(text: string): readonly (readonly string[])[] {
  return text.split('\n').map((line) => line.trim().split(/\s+/))
}
