import type { Shown } from '#fleet'
import { acting, type Failure, failed, type KindRules, type Move, type Task, type TaskTiming, to } from './task.ts'

export interface UpgradeRequest {
  readonly targetVersion: string
}

const SHOWS: Shown = { taskStatus: 'upgrading_access_agent' }

/** Looks at an agent that has linked, and waits for it, before it is given up. */
const MOST_LOOKS = 5

/**
 *   upgrading_access_agent ──▶ restarting_agent ──▶ checking_agent ──▶ done
 *            └── it is of that version already ──▶ done    ▲  └── still another version ──┐
 *                                                          └──────────────────────────────┘
 *
 * The agent ends for it once, and the server goes on: sessions and `status` stay as they are.
 */
export const upgrade: KindRules = {
  first: 'upgrading_access_agent',
  states: {
    upgrading_access_agent: {
      shows: SHOWS,
      patience: ({ acting }) => acting,
      next: (task, event, timing) =>
        event.type === 'impossible'
          ? to(task, 'done')
          : acting(task, event, timing, { next: 'restarting_agent', giveUp: failed }),
    },
    restarting_agent: {
      shows: SHOWS,
      patience: ({ upgrading }) => upgrading,
      next: (task, event, timing) => {
        if (event.type === 'linked' || event.type === 'acted') return lookAgain(task, 'checking_agent')
        return event.type === 'deadline' ? failed(notUpgraded(task, timing)) : undefined
      },
    },
    checking_agent: {
      shows: SHOWS,
      patience: ({ acting }) => acting,
      next: (task, event, timing) => {
        if (event.type === 'acted') return to(task, 'done')
        if (event.type !== 'impossible' && event.type !== 'deadline') return undefined
        if (task.attempt >= MOST_LOOKS) return failed(notUpgraded(task, timing))
        return { ...lookAgain(task, 'restarting_agent'), attempt: task.attempt + 1 }
      },
    },
  },
  ends: {
    done: () => ({ taskStatus: 'upgrad_access_agent_success' }),
    failed: { taskStatus: 'upgrad_access_agent_fail' },
  },
}

function lookAgain({ attempt }: Task, state: string): Move {
  return { state, attempt, failure: null }
}

function notUpgraded({ request }: Task, { upgrading }: TaskTiming): Failure {
  const { targetVersion } = request as UpgradeRequest
  return { word: 'lifecycle.agent_not_upgraded', facts: { targetVersion, seconds: upgrading } }
}
