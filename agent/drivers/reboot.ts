import type { Exec } from './exec.ts'

export interface RebootDriver {
  /** Returns once the system has taken the order; the process ends some time after. */
  reboot(): Promise<void>
}

export function commandReboot(exec: Exec, command: readonly [string, ...string[]]): RebootDriver {
  const [file, ...args] = command
  return {
    reboot: async () => {
      await exec(file, args)
    },
  }
}

export function memoryReboot(request: () => void): RebootDriver {
  return { reboot: async () => request() }
}
