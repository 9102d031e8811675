/** What is done to servers, durable and with effect on their hosts. `rules.ts` says how to add a kind of task. */
export { watchTaskDeadlines } from './deadline.service.ts'
export { HostRefused, type LifecycleDeps, type MachineDriver } from './deps.ts'
export { driveTask, resumeTasks } from './drive.service.ts'
export { onTaskLinked, onTaskObserved } from './event.service.ts'
export { lifecycleRoutes } from './lifecycle.routes.ts'
export { TASK_TIMING, type TaskTiming } from './task.ts'
export { driveTask as driveTaskWork } from './task.work.ts'
