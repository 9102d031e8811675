import type { ResponseOf } from '../../contract/operation.ts'
import { type checkQuota, QUOTA_TYPES, type QuotaType, type showQuotas } from '../../contract/operations/fleet/quota.ts'
import type { Quota } from './catalogue-document.ts'

/** An amount of each thing that quotas are about; memory in MB, volumes in GB. */
export type Amounts = Readonly<Record<QuotaType, number>>

/** Some servers of one kind. */
export interface Servers {
  readonly count: number
  readonly cpu: number
  readonly memoryMb: number
  readonly isGpu: boolean
  /** GB of all disks of one of them. */
  readonly diskSize: number
  readonly diskCount: number
}

export function amountsOf({ count, cpu, memoryMb, isGpu, diskSize, diskCount }: Servers): Amounts {
  return {
    INSTANCES: count,
    VOLUME_GIGABYTES: count * diskSize,
    VOLUMES: count * diskCount,
    CORES: count * cpu,
    MEMORY: count * memoryMb,
    GPU_INSTANCES: isGpu ? count : 0,
  }
}

export function sumOf(amounts: readonly Amounts[]): Amounts {
  const sums = QUOTA_TYPES.map((type) => [type, amounts.reduce((sum, one) => sum + one[type], 0)] as const)
  return Object.fromEntries(sums) as Amounts
}

export function limitsOf(quota: Quota): Amounts {
  return {
    INSTANCES: quota.instances,
    VOLUME_GIGABYTES: quota.volume_gigabytes,
    VOLUMES: quota.volumes,
    CORES: quota.cores,
    MEMORY: quota.memory,
    GPU_INSTANCES: quota.gpu_instances,
  }
}

/** What is left of each thing that is needed, and whether that is enough of all. A project can have more than it may. */
export function compare(limits: Amounts, used: Amounts, need: Amounts): ResponseOf<typeof checkQuota> {
  const quota_remainder = QUOTA_TYPES.filter((type) => need[type] > 0).map((type) => ({
    ...{ type, need: need[type] },
    remainder: Math.max(0, limits[type] - used[type]),
  }))
  return { is_enough: quota_remainder.every(({ need, remainder }) => need <= remainder), quota_remainder }
}

const UNITS: Partial<Record<QuotaType, string>> = { VOLUME_GIGABYTES: 'GB', MEMORY: 'MB' }

export function renderQuotas(limits: Amounts, used: Amounts): ResponseOf<typeof showQuotas> {
  const resources = QUOTA_TYPES.map((type) => {
    const unit = UNITS[type]
    return { type, quota: limits[type], used: used[type], ...(unit === undefined ? {} : { unit }) }
  })
  return { quotas: { resources }, site_quotas: [] }
}
