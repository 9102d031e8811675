import { join } from 'node:path'
import { type AgentDeps, type RunningAgent, startAgent } from './agent.ts'
import { pause, systemClock } from './clock.ts'
import { readBootId } from './drivers/boot-id.ts'
import { exec } from './drivers/exec.ts'
import { linuxMetrics } from './drivers/metrics.linux.ts'
import { memoryMetrics } from './drivers/metrics.memory.ts'
import { memoryProbe, tcpProbe } from './drivers/probe.ts'
import { commandReboot } from './drivers/reboot.ts'
import { linuxSessionEnd } from './drivers/session-end.linux.ts'
import { memorySessionEnd } from './drivers/session-end.memory.ts'
import { greetGateway, linuxSessionIp } from './drivers/session-ip.linux.ts'
import { memorySessionIp } from './drivers/session-ip.memory.ts'
import { fileJournal } from './journal/journal.file.ts'
import type { Journal } from './journal/journal.ts'
import { backoffMs } from './link/backoff.ts'
import { EnrolmentError, enrol } from './link/enrol.ts'
import { jsonLog, type Log, reasonOf } from './log.ts'
import { type Command, parseCommand, USAGE, UsageError } from './options.ts'
import { fetchStatus } from './runner/session-socket.ts'

const MEMORY_HOST_ADDRESS = '192.0.2.1'

/** What a command may touch besides files and the network. */
export type CommandWorld = {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  /** Resolves when the process is asked to end. */
  readonly ended: Promise<void>
}

/** Runs one command line to its end and returns the exit code. */
export async function runAgentCommand(args: readonly string[], world: CommandWorld): Promise<number> {
  const log = jsonLog(world.complain, Date.now)
  if (args.includes('--help') || args.includes('-h')) {
    world.print(USAGE)
    return 0
  }
  try {
    return await runCommand(parseCommand(args, world.environment.BERTH_JOIN_TOKEN), world, log)
  } catch (error) {
    if (error instanceof UsageError) {
      world.complain(`${error.message}\n${USAGE}`)
      return 2
    }
    log('error', 'the agent ends', { reason: reasonOf(error) })
    return 1
  }
}

/** As sysexits(3) has it: the supervisor starts the agent again, whether it does so always or on failure only. */
const RESTART_EXIT_CODE = 75

async function runCommand(command: Command, world: CommandWorld, log: Log): Promise<number> {
  switch (command.name) {
    case 'enrol':
      await enrol(command.join, await fileJournal(command.state, log), log)
      return 0
    case 'run':
      return runUntilEnded(command, world, log)
    case 'status':
      world.print(`${await fetchStatus(socketPathOf(command.state))}\n`)
      return 0
    case 'cleanup':
      await linuxDriver(null, log).cleanUp()
      return 0
  }
}

async function runUntilEnded(command: RunCommand, { ended }: CommandWorld, log: Log): Promise<number> {
  const stopping = new AbortController()
  const restarting = Promise.withResolvers<number>()
  const stopped = ended.then(() => {
    stopping.abort()
    return 0
  })
  const agent = await run(
    command,
    { signal: stopping.signal, restart: () => restarting.resolve(RESTART_EXIT_CODE) },
    log,
  )
  const exitCode = await Promise.race([stopped, restarting.promise])
  await agent?.stop()
  return exitCode
}

type RunCommand = Extract<Command, { name: 'run' }>

interface Endings {
  readonly signal: AbortSignal
  readonly restart: () => void
}

async function run(command: RunCommand, { signal, restart }: Endings, log: Log): Promise<RunningAgent | undefined> {
  const bootId = await readBootId(command.bootIdFile)
  const journal = await fileJournal(command.state, log)
  const deps: AgentDeps = {
    journal,
    ...driversOf(command, log),
    reboot: commandReboot(exec, command.rebootCommand),
    restart,
    clock: systemClock,
    random: Math.random,
    log,
  }
  await enrolOnce(journal, command.join, signal, log)
  if (signal.aborted) return undefined
  return startAgent({ bootId, socketPath: socketPathOf(command.state) }, deps)
}

/**
 * A new host tries until it is enrolled or refused. One that has served before must close its users in even when its
 * identity is lost, so there a failure does not keep the agent from starting.
 */
async function enrolOnce(journal: Journal, token: string | null, signal: AbortSignal, log: Log): Promise<void> {
  const identity = await journal.loadIdentity()
  if (identity?.enrolled) return
  const hasServed = (await journal.loadDesired()) !== undefined
  if (token === null) {
    if (!hasServed) throw new Error('this host is not enrolled: run with --join TOKEN')
    return
  }
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await enrol(token, journal, log)
      return
    } catch (error) {
      if (!hasServed && error instanceof EnrolmentError) throw error
      log('warn', 'could not enrol', { reason: reasonOf(error) })
      if (hasServed) return
    }
    await pause(systemClock, backoffMs(attempt, Math.random), signal)
  }
}

function driversOf(command: RunCommand, log: Log): Pick<AgentDeps, 'sessionIp' | 'probe' | 'sessionEnd' | 'metrics'> {
  if (command.driver === 'linux') {
    const sessionEnd = linuxSessionEnd({ exec, log })
    return { sessionIp: linuxDriver(command.nic, log), probe: tcpProbe, sessionEnd, metrics: linuxMetrics() }
  }
  const sessionIp = memorySessionIp(MEMORY_HOST_ADDRESS)
  const sessionEnd = memorySessionEnd(() => {})
  return { sessionIp, probe: memoryProbe(sessionIp.hasAddress), sessionEnd, metrics: memoryMetrics() }
}

function linuxDriver(nic: string | null, log: Log) {
  const agentUid = process.getuid?.() ?? 0
  return linuxSessionIp({ exec, log, nic: nic ?? undefined, agentUid, greet: greetGateway })
}

function socketPathOf(state: string): string {
  return join(state, 'agent.sock')
}
