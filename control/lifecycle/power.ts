import type { Shown } from '#fleet'
import { acting, failed, isOtherBoot, type KindRules, to } from './task.ts'

export interface StopRequest {
  readonly type: 'SOFT' | 'HARD'
}

const BROKEN: Shown = { taskStatus: 'null', status: 'NONE', vmStatus: 'ERROR' }

/** `stopping ──▶ done`: the provider answers when the machine is off. */
export const stop: KindRules = {
  first: 'stopping',
  needsCreated: true,
  states: {
    stopping: {
      shows: { taskStatus: 'powering-off', status: 'UNREGISTER' },
      patience: (timing) => timing.acting,
      next: (task, event, timing) => acting(task, event, timing, { next: 'done', giveUp: failed }),
    },
  },
  ends: { done: () => ({ taskStatus: 'null', status: 'STOPPED', vmStatus: 'SHUTOFF' }), failed: BROKEN },
}

/** `starting ──▶ booting ──▶ done`: it is up when its agent has linked. */
export const start: KindRules = {
  first: 'starting',
  needsCreated: true,
  states: {
    starting: {
      shows: { taskStatus: 'powering-on', status: 'UNREGISTER' },
      patience: (timing) => timing.acting,
      next: (task, event, timing) =>
        isOtherBoot(task, event) ? to(task, 'done') : acting(task, event, timing, { next: 'booting', giveUp: failed }),
    },
    booting: {
      shows: { taskStatus: 'powering-on', status: 'UNREGISTER' },
      patience: (timing) => timing.booting,
      next: (task, event, { booting }) => {
        if (event.type === 'acted' || isOtherBoot(task, event)) return to(task, 'done')
        return event.type === 'deadline'
          ? failed({ word: 'lifecycle.boot_lost', facts: { seconds: booting } })
          : undefined
      },
    },
  },
  ends: { done: () => ({ taskStatus: 'null', status: 'REGISTERED', vmStatus: 'ACTIVE' }), failed: BROKEN },
}
