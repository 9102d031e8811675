import type { LifecycleDeps } from './deps.ts'
import type { Task, TaskEvent } from './task.ts'

/** What a state does when it is entered, and again after a crash; the event it leads to, or none: then it waits. */
export type Action = (deps: LifecycleDeps, task: Task) => Promise<TaskEvent | undefined>

/** The actions of a kind by state; a state that only waits has none. */
export type Actions = Readonly<Record<string, Action>>
