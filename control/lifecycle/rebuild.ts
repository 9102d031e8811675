import type { Shown } from '#fleet'
import { acting, type Failure, failed, isOtherBoot, type KindRules, type Move, type Task, to } from './task.ts'

export interface RebuildRequest {
  /** The key of the agent on the old disk, null when it had none; absent until it was noted. */
  readonly formerKey?: string | null
  /** The image the server has afterwards; absent: the one it has. */
  readonly imageId?: string
  /** Of the desired state that the new agent has to report; absent until it was told. */
  readonly generation?: number
  /** Whether it has to report what a probe saw as well. */
  readonly isProbed?: boolean
}

/** Tries of telling the new agent what it shall be. */
const MOST_TELLINGS = 3

/**
 *   rebuilding ──▶ rebuild_spawning ──▶ rebuild_block_device_mapping ──▶ done
 *
 * `rebuilding` makes a new disk and voids the key of the old one; `rebuild_spawning` waits for its agent; the last
 * gives the server its block of addresses again, and waits until the agent has applied it and a connection from it was
 * seen. The states are what the API shows as `task_status`.
 */
export const rebuild: KindRules = {
  first: 'rebuilding',
  needsCreated: true,
  states: {
    rebuilding: {
      shows: shown('rebuilding'),
      // the provider makes a disk and boots it before it answers
      patience: ({ acting }) => acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'rebuild_spawning', giveUp: failed }),
    },
    rebuild_spawning: {
      shows: shown('rebuild_spawning'),
      patience: ({ booting }) => booting,
      next: (task, event, { booting }) => {
        if (isOtherBoot(task, event)) return to(task, 'rebuild_block_device_mapping')
        return event.type === 'deadline'
          ? failed({ word: 'lifecycle.boot_lost', facts: { seconds: booting } })
          : undefined
      },
    },
    rebuild_block_device_mapping: {
      shows: shown('rebuild_block_device_mapping'),
      patience: ({ booting }) => booting,
      next: (task, event, { booting }) => {
        if (event.type === 'acted') return to(task, 'done')
        if (event.type === 'deadline') return retell(task, { word: 'tsvi.agent_away', facts: { seconds: booting } })
        const { generation, isProbed } = task.request as RebuildRequest
        if (event.type !== 'observed' || event.generation !== generation) return undefined
        if (event.error !== null) return retell(task, { word: 'tsvi.agent_refused', facts: { detail: event.error } })
        const { probe } = event
        if (!isProbed) return to(task, 'done')
        if (probe === 'not_yet' || probe === 'not_asked') return undefined
        if (probe.seen === probe.address) return to(task, 'done')
        const { address, seen, detail } = probe
        return retell(task, { word: 'tsvi.address_not_seen', facts: { address, seen: seen ?? `nothing (${detail})` } })
      },
    },
  },
  ends: {
    done: () => ({ taskStatus: 'null', status: 'REGISTERED', vmStatus: 'ACTIVE' }),
    failed: { taskStatus: 'rebuild_fail', status: 'NONE', vmStatus: 'REBUILD_FAIL' },
  },
}

function shown(taskStatus: Shown['taskStatus']): Shown {
  return { taskStatus, status: 'UNREGISTER', vmStatus: 'REBUILD' }
}

function retell(task: Task, failure: Failure): Move {
  if (task.attempt >= MOST_TELLINGS) return failed(failure)
  return { state: task.state, attempt: task.attempt + 1, failure: null }
}
