import { createSocket } from 'node:dgram'
import { type Log, reasonOf } from '../log.ts'
import type { SessionIpPlan } from '../plan/kernel-state.ts'
import { planCleanUp, planSteps, type Step } from '../plan/steps.ts'
import type { Exec } from './exec.ts'
import { ExecError } from './exec.ts'
import type { SessionIpDriver } from './session-ip.ts'
import { type Command, GUARD_TABLE, PROTOCOL, renderCommands } from './session-ip-commands.ts'
import { findNic, parseReading, type Reading } from './session-ip-reading.ts'

/** Each round kills what the one before missed: a program may open a socket while another is closed. */
const KILL_ROUNDS = 10

export type LinuxSessionIpDeps = {
  readonly exec: Exec
  readonly log: Log
  /** The interface for the addresses; undefined to take the one that lies in the network. */
  readonly nic: string | undefined
  readonly agentUid: number
  /** Sends something to the gateway from the address. */
  readonly greet: (address: string, gateway: string) => Promise<void>
}

/** Per-user policy routing: one rule, one table and one address a session, a guard in nftables, no NAT. */
export function linuxSessionIp(deps: LinuxSessionIpDeps): SessionIpDriver {
  let isGuardTrusted = false

  const execute = async (steps: readonly Step[]) => {
    for (const command of renderCommands(steps, deps)) await runCommand(deps, command)
  }

  return {
    observe: async () => parseReading(await takeReading(deps.exec), isGuardTrusted),
    async apply(plan: SessionIpPlan) {
      const reading = await takeReading(deps.exec)
      const nic = deps.nic ?? findNic(reading.addresses, plan.cidr)
      const kernel = parseReading(reading, isGuardTrusted)
      if (nic === undefined) {
        // Without an interface nobody can have an address, but nobody shall have the host's either.
        const closed = planSteps({ ...plan, owners: [], bare: [] }, kernel, '')
        await execute(closed)
        throw new Error(`no network interface has an address within ${plan.cidr}`)
      }
      await execute(planSteps(plan, kernel, nic))
      isGuardTrusted = true
    },
    async cleanUp() {
      await execute(planCleanUp(parseReading(await takeReading(deps.exec), isGuardTrusted)))
      isGuardTrusted = false
    },
  }
}

async function takeReading(exec: Exec): Promise<Reading> {
  const [rules4, rules6, routes, addresses, guard] = await Promise.all([
    exec('ip', ['-4', '-j', 'rule', 'show']),
    exec('ip', ['-6', '-j', 'rule', 'show']),
    exec('ip', ['-4', '-j', 'route', 'show', 'table', 'all', 'protocol', PROTOCOL]),
    exec('ip', ['-4', '-j', 'addr', 'show']),
    exec('nft', ['-j', 'list', 'table', 'inet', GUARD_TABLE]).catch(undefinedWhenAbsent),
  ])
  return { rules4, rules6, routes, addresses, guard }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof ExecError && error.stderr.includes('No such file or directory')) return undefined
  throw error
}

async function runCommand(deps: LinuxSessionIpDeps, command: Command): Promise<void> {
  switch (command.run) {
    case 'ip':
      await deps.exec('ip', [command.family, '-batch', '-'], command.script)
      return
    case 'nft':
      await deps.exec('nft', ['-f', '-'], command.script)
      return
    case 'kill-sockets':
      return killSockets(deps.exec, command.address)
    case 'announce':
      return announce(deps, command)
  }
}

async function killSockets(exec: Exec, address: string): Promise<void> {
  const which = ['-H', '-a', '-n', '-t', '-u', '-w', 'src', address]
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    await exec('ss', ['-K', ...which])
    if ((await exec('ss', which)).trim() === '') return
  }
  throw new Error(`sockets still use ${address}: does the kernel lack INET_DIAG_DESTROY?`)
}

/**
 * Neighbours may remember another host for this address. Without an entry for the gateway the next datagram makes the
 * kernel ask for it in the address's name, which corrects them within milliseconds. It is an acceleration, not a need.
 */
async function announce(deps: LinuxSessionIpDeps, command: Extract<Command, { run: 'announce' }>): Promise<void> {
  const { address, nic, gateway } = command
  try {
    await deps.exec('ip', ['-4', 'neigh', 'flush', 'to', gateway, 'dev', nic])
    await deps.greet(address, gateway)
  } catch (error) {
    deps.log('warn', 'could not announce an address; neighbours learn it by themselves', {
      address,
      reason: reasonOf(error),
    })
  }
}

const DISCARD_PORT = 9

/** One datagram to the discard port, from the address. */
export function greetGateway(address: string, gateway: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    const end = (error: Error | null) => socket.close(() => (error ? reject(error) : resolve()))
    socket.once('error', end)
    socket.bind({ address }, () => socket.send('', DISCARD_PORT, gateway, (error) => end(error)))
  })
}
