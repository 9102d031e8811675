import type { Shown } from '#fleet'
import { acting, failed, type KindRules, type Move, type StateRules, type Task, to } from './task.ts'

export interface CreateRequest {
  /** Whether its sessions shall have addresses of their own: then an update goes on with the sub-job. */
  readonly enable: boolean
  /** Nobody makes the host: it is waited for. */
  readonly byHand: boolean
}

/**
 *   scheduling ──▶ networking ──▶ spawning ──▶ updating_sid ──▶ done, or handed over to an update of its addresses
 *        └──────────────┴─────────────┴─ failure ─┴──▶ cleaning ──▶ failed
 *
 * The names are those of `task_status`. There is no `block_device_mapping`: whoever makes the host makes its disk. In
 * `updating_sid` the server has no identity yet: its agent has not enrolled and linked.
 */
export const create: KindRules = {
  first: 'scheduling',
  states: {
    scheduling: step('scheduling', () => 'networking'),
    networking: step('networking', ({ byHand }) => (byHand ? 'updating_sid' : 'spawning')),
    spawning: {
      ...step('spawning', () => 'updating_sid'),
      // a host that boots fast links before its maker has answered
      next: (task, event, timing) =>
        event.type === 'linked'
          ? to(task, 'done')
          : acting(task, event, timing, { next: 'updating_sid', giveUp: (failure) => giveUp(task, failure) }),
    },
    updating_sid: {
      shows: shown('updating_sid'),
      patience: (timing, task) => (requestOf(task).byHand ? timing.enrollingByHand : timing.enrolling),
      next: (task, event, timing) => {
        if (event.type === 'linked') return to(task, 'done')
        if (event.type !== 'deadline') return undefined
        const seconds = requestOf(task).byHand ? timing.enrollingByHand : timing.enrolling
        return giveUp(task, { word: 'lifecycle.boot_lost', facts: { seconds } })
      },
    },
    cleaning: {
      shows: { taskStatus: 'networking', status: 'UNREGISTER', vmStatus: 'BUILD_FAIL' },
      patience: ({ acting }) => acting,
      next: (task, event, timing) =>
        acting(task, event, timing, { next: 'failed', giveUp: (failure) => failed(task.failure ?? failure) }),
    },
  },
  ends: {
    done: (task) =>
      requestOf(task).enable ? 'handed_over' : { taskStatus: 'null', status: 'REGISTERED', vmStatus: 'ACTIVE' },
    failed: { taskStatus: 'null', status: 'NONE', vmStatus: 'BUILD_FAIL' },
  },
}

function step(taskStatus: Shown['taskStatus'], next: (request: CreateRequest) => string): StateRules {
  return {
    shows: shown(taskStatus),
    patience: ({ acting }) => acting,
    next: (task, event, timing) =>
      acting(task, event, timing, { next: next(requestOf(task)), giveUp: (failure) => giveUp(task, failure) }),
  }
}

function shown(taskStatus: Shown['taskStatus']): Shown {
  return { taskStatus, status: 'UNREGISTER', vmStatus: 'BUILD' }
}

function giveUp(task: Task, failure: NonNullable<Task['failure']>): Move {
  return { ...to(task, 'cleaning'), failure }
}

function requestOf({ request }: Task): CreateRequest {
  return request as CreateRequest
}
