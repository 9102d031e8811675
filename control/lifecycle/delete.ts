import type { Shown } from '#fleet'
import { acting, failed, type KindRules, to } from './task.ts'

export interface DeleteRequest {
  /** Of the desired state without addresses that the agent has to report; absent until it was told. */
  readonly generation?: number
}

const SHOWS: Shown = { taskStatus: 'deleting', status: 'UNREGISTER', vmStatus: 'DELETING' }

/**
 *   clearing_host ──▶ ending_host ──▶ freeing_addresses ──▶ done
 *
 * An address is given away when nobody can use it any more. A host that was brought by hand goes on running: its agent
 * is told to drop its addresses while it still has its key, and waited for, but not for ever. Other deletions begin with
 * `ending_host`.
 */
export const remove: KindRules = {
  first: 'ending_host',
  states: {
    clearing_host: {
      shows: SHOWS,
      patience: (timing) => timing.acting,
      next: (task, event) => {
        if (event.type === 'acted' || event.type === 'deadline') return to(task, 'ending_host')
        const { generation } = task.request as DeleteRequest
        const isClear = event.type === 'observed' && event.generation === generation && event.error === null
        return isClear ? to(task, 'ending_host') : undefined
      },
    },
    ending_host: {
      shows: SHOWS,
      patience: (timing) => timing.acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'freeing_addresses', giveUp: failed }),
    },
    freeing_addresses: {
      shows: SHOWS,
      patience: (timing) => timing.acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'done', giveUp: failed }),
    },
  },
  ends: { done: () => 'gone', failed: { taskStatus: 'delete_failed', status: 'NONE', vmStatus: 'ERROR' } },
}

export function firstOfDeletion(isByHand: boolean): string {
  return isByHand ? 'clearing_host' : remove.first
}
