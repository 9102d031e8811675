import type { Shown } from '#fleet'
import type { ProbeResult } from '#tsvi'
import type { SubJobErrorWord } from '../../contract/errors.ts'

/**
 * A piece of work on one server. A state is a row before it is an action; `drive.service.ts` runs the action of a state
 * (again after a crash), and what comes of it is an event. `rules.ts` has the kinds, and says how to add one.
 */
export interface Task {
  readonly id: string
  /** The sub-job that tells of it, and its job; null where the API has none. */
  readonly subJobId: string | null
  readonly jobId: string | null
  readonly projectId: string
  readonly serverId: string
  readonly kind: string
  readonly state: string
  /** What was asked for; its shape is the kind's. */
  readonly request: unknown
  /** The boot the server was in when the task began; null until that is noted, and for one that never booted. */
  readonly bootId: string | null
  /** Which try of this state, from 1. */
  readonly attempt: number
  readonly phase: Phase
  /** What the world said the last time it said no in this state. */
  readonly refusal: Failure | null
  /** Why it will end as `failed`. */
  readonly failure: Failure | null
}

/** `queued`: the action of the state has not begun; `pausing`: it was refused, and is tried again when that is over. */
export type Phase = 'queued' | 'running' | 'pausing'

export interface Failure {
  readonly word: SubJobErrorWord
  readonly facts: Readonly<Record<string, unknown>>
}

export type TaskEvent =
  /** The action of the state has done what the state is for. */
  | { readonly type: 'acted' }
  /** It cannot be done this way; what that means is said by the rules of the state. */
  | { readonly type: 'impossible'; readonly failure?: Failure }
  /** The world said no, perhaps not for ever. */
  | { readonly type: 'refused'; readonly failure: Failure }
  /** The agent proved itself: its server is up, in this boot. */
  | { readonly type: 'linked'; readonly bootId: string }
  /** The agent says what it has done. */
  | {
      readonly type: 'observed'
      readonly generation: number
      readonly bootId: string
      readonly error: string | null
      readonly probe: ProbeResult
    }
  /** The state has had its time, or its turn in the queue or its pause has. */
  | { readonly type: 'deadline' }

/** Where a task goes, or undefined when the event means nothing in its state (late, repeated, of another boot). */
export interface Move {
  readonly state: string
  readonly attempt: number
  readonly failure: Failure | null
  /** Wait for `pause` seconds before the action is tried again. */
  readonly isPause?: boolean
  /** Absent: nothing was refused in this state. */
  readonly refusal?: Failure | null
}

/** How long the states of tasks may take, in seconds. */
export interface TaskTiming {
  /** One try of something the control plane does by itself. */
  readonly acting: number
  /** Until what was queued is queued once more: the queue may have lost it. */
  readonly queued: number
  /** Between two tries. */
  readonly pause: number
  /** A reboot or a boot, until the agent links. */
  readonly booting: number
  /** The first boot of a new server. */
  readonly enrolling: number
  /** The same where somebody brings the host. */
  readonly enrollingByHand: number
  /** Until an agent that ended for its upgrade has come back. */
  readonly upgrading: number
}

export const TASK_TIMING: TaskTiming = {
  acting: 60,
  queued: 300,
  pause: 10,
  booting: 300,
  enrolling: 600,
  enrollingByHand: 86_400,
  upgrading: 120,
}

export interface StateRules {
  /** What the server shows meanwhile. */
  readonly shows: Shown
  /** Seconds until the event `deadline`. */
  patience(timing: TaskTiming, task: Task): number
  next(task: Task, event: TaskEvent, timing: TaskTiming): Move | undefined
}

/** One kind of task as a pure table: its states beside `done` and `failed`, and where events lead. */
export interface KindRules {
  readonly first: string
  /** It means nothing on a server whose creation failed, and would make it look like one that did not. */
  readonly needsCreated?: true
  readonly states: Readonly<Record<string, StateRules>>
  readonly ends: {
    /** What the server shows afterwards. */
    done(task: Task): Shown | Elsewhere
    readonly failed: Shown
  }
}

/** The server is gone, or another module goes on with the same sub-job. */
export type Elsewhere = 'gone' | 'handed_over'

export function isEnd(state: string): boolean {
  return state === 'done' || state === 'failed'
}

/** A creation that ended because its server was deleted. */
export function isCancelled({ state, failure }: Task): boolean {
  return state === 'failed' && failure?.word === 'lifecycle.create_cancelled'
}

export function to(task: Task, state: string): Move {
  return { state, attempt: 1, failure: task.failure }
}

export function failed(failure: Failure): Move {
  return { state: 'failed', attempt: 1, failure }
}

const MOST_TRIES = 3

/**
 * The rule of a state whose action does something in the world: on to the next one, again after a pause when the world
 * said no, and given up after three tries. What it said is told rather than that the last try had no answer.
 */
export function acting(
  task: Task,
  event: TaskEvent,
  timing: TaskTiming,
  ways: { readonly next: string; readonly giveUp: (failure: Failure) => Move },
): Move | undefined {
  const { state, attempt, failure, refusal } = task
  const isLast = attempt >= MOST_TRIES
  if (event.type === 'acted') return to(task, ways.next)
  if (event.type === 'impossible' && event.failure) return ways.giveUp(event.failure)
  if (event.type === 'refused') {
    return isLast ? ways.giveUp(event.failure) : { state, attempt, failure, isPause: true, refusal: event.failure }
  }
  if (event.type !== 'deadline') return undefined
  if (!isLast) return tryAgain(task)
  const detail = `no answer within ${timing.acting} s`
  return ways.giveUp(refusal ?? { word: 'lifecycle.host_refused', facts: { detail } })
}

export function tryAgain({ state, attempt, failure, refusal }: Task): Move {
  return { state, attempt: attempt + 1, failure, refusal }
}

/** Whether the server is up in another boot than the one the task found it in. */
export function isOtherBoot(task: Task, event: TaskEvent): boolean {
  return (event.type === 'linked' || event.type === 'observed') && event.bootId !== task.bootId
}
