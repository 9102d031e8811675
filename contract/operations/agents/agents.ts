import type { Operation } from '../../operation.ts'
import {
  listAccessAgentLatestVersion,
  listServerHdaDetails,
  listServerHdaUpgradeRecords,
  showAccessAgentLatestVersion,
  showHdaUpgradeFlag,
} from './access-agent.ts'
import { listServerMetricData, showServerMetricData } from './metric.ts'

/** Access agents and what they measure, in the order of the reference. */
export const AGENTS_OPERATIONS: readonly Operation[] = [
  listAccessAgentLatestVersion,
  listServerHdaDetails,
  listServerHdaUpgradeRecords,
  listServerMetricData,
  showAccessAgentLatestVersion,
  showHdaUpgradeFlag,
  showServerMetricData,
]
