import { create } from './create.ts'
import { remove } from './delete.ts'
import { start, stop } from './power.ts'
import { reboot } from './reboot.ts'
import { rebuild } from './rebuild.ts'
import { type KindRules, type Move, type Task, type TaskEvent, type TaskTiming, tryAgain } from './task.ts'
import { upgrade } from './upgrade.ts'

/**
 * Every kind of task. To add one:
 *
 *   1. its rules, a pure table `KindRules` in a file of its own, and a line here: which states it has, what the server
 *      shows in each, where events lead (`acting` in `task.ts` is the rule of a state that does something);
 *   2. what its states do, in a file `<kind>.actions.ts`, and a line in `actions.ts`. An action may run more than once
 *      and at the same time as another's: it reads what it needs, does what is missing, answers an event. A state
 *      without an action waits for events of the agent, or its deadline;
 *   3. what it writes at its end beside the server's status, if anything, in `ends.ts`: with the end, or not at all;
 *   4. its steps in `LIFECYCLE_STEPS` of the contract, if it has a job;
 *   5. a use case that calls `startTasks` with the servers it is about.
 */
export const RULES = {
  create,
  delete: remove,
  reboot,
  rebuild,
  start,
  stop,
  upgrade,
} as const satisfies Record<string, KindRules>

export type Kind = keyof typeof RULES

export function rulesOf(kind: string): KindRules {
  if (!Object.hasOwn(RULES, kind)) throw new Error(`there is no kind of task '${kind}'`)
  return RULES[kind as Kind]
}

/** The whole life of a task as one pure function of state and event. A try that never began is none. */
export function transition(task: Task, event: TaskEvent, timing: TaskTiming): Move | undefined {
  if (event.type === 'deadline' && task.phase === 'pausing') return tryAgain(task)
  if (event.type === 'deadline' && task.phase === 'queued') return { ...tryAgain(task), attempt: task.attempt }
  return rulesOf(task.kind).states[task.state]?.next(task, event, timing)
}

/** Seconds the task may stay where the move leads; null at its end. */
export function patienceOf(task: Task, move: Move, timing: TaskTiming): number | null {
  if (move.isPause) return timing.pause
  return rulesOf(task.kind).states[move.state]?.patience(timing, task) ?? null
}
