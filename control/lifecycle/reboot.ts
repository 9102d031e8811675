import type { Shown } from '#fleet'
import { acting, failed, isOtherBoot, type KindRules, type Move, type StateRules, type Task, to } from './task.ts'

export interface RebootRequest {
  readonly type: 'SOFT' | 'HARD'
  /** Whether there is a plug to pull when the agent does not reboot its host. */
  readonly hasPlug: boolean
}

/**
 *   reboot_pending ──▶ reboot_started ──▶ rebooting ──▶ done
 *                            └── the agent cannot be asked, or does not come back ──▶ reboot_started_hard
 *   reboot_pending_hard ──▶ reboot_started_hard ──▶ rebooting_hard ──▶ done
 *
 * The states are what the API shows as `task_status`. Any link in another boot ends it: the server was rebooted,
 * whoever did it.
 */
export const reboot: KindRules = {
  first: 'reboot_pending',
  needsCreated: true,
  states: {
    reboot_pending: noting('reboot_pending', 'REBOOT', 'reboot_started'),
    reboot_started: {
      shows: shown('reboot_started', 'REBOOT'),
      patience: ({ acting }) => acting,
      next: (task, event) => {
        if (isOtherBoot(task, event)) return to(task, 'done')
        if (event.type === 'acted') return to(task, 'rebooting')
        return event.type === 'impossible' || event.type === 'deadline' ? pullPlug(task, 0) : undefined
      },
    },
    rebooting: {
      shows: shown('rebooting', 'REBOOT'),
      patience: ({ booting }) => booting,
      next: (task, event, { booting }) => {
        if (isOtherBoot(task, event)) return to(task, 'done')
        return event.type === 'deadline' ? pullPlug(task, booting) : undefined
      },
    },
    reboot_pending_hard: noting('reboot_pending_hard', 'HARD_REBOOT', 'reboot_started_hard'),
    reboot_started_hard: {
      shows: shown('reboot_started_hard', 'HARD_REBOOT'),
      patience: ({ acting }) => acting,
      next: (task, event, timing) =>
        isOtherBoot(task, event)
          ? to(task, 'done')
          : acting(task, event, timing, { next: 'rebooting_hard', giveUp: failed }),
    },
    rebooting_hard: {
      shows: shown('rebooting_hard', 'HARD_REBOOT'),
      patience: ({ booting }) => booting,
      next: (task, event, { booting }) => {
        if (isOtherBoot(task, event)) return to(task, 'done')
        return event.type === 'deadline' ? failed(lost(booting)) : undefined
      },
    },
  },
  ends: {
    done: () => ({ taskStatus: 'null', status: 'REGISTERED', vmStatus: 'ACTIVE' }),
    failed: { taskStatus: 'null', status: 'NONE', vmStatus: 'ERROR' },
  },
}

export function firstOfReboot({ type }: RebootRequest): string {
  return type === 'HARD' ? 'reboot_pending_hard' : 'reboot_pending'
}

/** Writes down which boot is to end; without that no event could be told from one of before. */
function noting(taskStatus: Shown['taskStatus'], vmStatus: 'REBOOT' | 'HARD_REBOOT', next: string): StateRules {
  return {
    shows: shown(taskStatus, vmStatus),
    patience: ({ acting }) => acting,
    next: (task, event, timing) => acting(task, event, timing, { next, giveUp: failed }),
  }
}

function shown(taskStatus: Shown['taskStatus'], vmStatus: 'REBOOT' | 'HARD_REBOOT'): Shown {
  return { taskStatus, status: 'UNREGISTER', vmStatus }
}

function pullPlug(task: Task, seconds: number): Move {
  const { hasPlug } = task.request as RebootRequest
  return hasPlug ? to(task, 'reboot_started_hard') : failed(lost(seconds))
}

function lost(seconds: number) {
  return { word: 'lifecycle.boot_lost', facts: { seconds } } as const
}
