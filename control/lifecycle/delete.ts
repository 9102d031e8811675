import { acting, failed, type KindRules } from './task.ts'

/** `ending_host ──▶ freeing_addresses ──▶ done`: an address is given away when nobody can use it any more. */
export const remove: KindRules = {
  first: 'ending_host',
  states: {
    ending_host: {
      shows: { taskStatus: 'deleting', status: 'UNREGISTER', vmStatus: 'DELETING' },
      patience: (timing) => timing.acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'freeing_addresses', giveUp: failed }),
    },
    freeing_addresses: {
      shows: { taskStatus: 'deleting', status: 'UNREGISTER', vmStatus: 'DELETING' },
      patience: (timing) => timing.acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'done', giveUp: failed }),
    },
  },
  ends: { done: () => 'gone', failed: { taskStatus: 'delete_failed', status: 'NONE', vmStatus: 'ERROR' } },
}
