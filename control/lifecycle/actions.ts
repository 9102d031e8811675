import type { Action, Actions } from './action.ts'
import { CREATE_ACTIONS } from './create.actions.ts'
import { DELETE_ACTIONS } from './delete.actions.ts'
import { START_ACTIONS, STOP_ACTIONS } from './power.actions.ts'
import { REBOOT_ACTIONS } from './reboot.actions.ts'
import { REBUILD_ACTIONS } from './rebuild.actions.ts'
import type { Kind } from './rules.ts'
import type { Task } from './task.ts'
import { UPGRADE_ACTIONS } from './upgrade.actions.ts'

const ACTIONS: Readonly<Record<Kind, Actions>> = {
  create: CREATE_ACTIONS,
  delete: DELETE_ACTIONS,
  reboot: REBOOT_ACTIONS,
  rebuild: REBUILD_ACTIONS,
  start: START_ACTIONS,
  stop: STOP_ACTIONS,
  upgrade: UPGRADE_ACTIONS,
}

export function actionOf({ kind, state }: Task): Action | undefined {
  return ACTIONS[kind as Kind]?.[state]
}
