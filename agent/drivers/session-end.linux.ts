import { constants } from 'node:fs'
import { open, readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SessionState } from '../../contract/agent/messages.ts'
import { type Log, reasonOf } from '../log.ts'
import { type Exec, ExecError } from './exec.ts'
import type { SessionEndDriver } from './session-end.ts'

export type LinuxSessionEndDeps = { readonly exec: Exec; readonly log: Log }

const PROC = '/proc'
const TERMINALS = '/dev/pts'
/** The major number of their device: Documentation/admin-guide/devices.txt of the kernel. */
const PSEUDO_TERMINAL = 136
const LOOK_MS = 50
/** How long processes may take to end when asked, and then when killed. */
const TERM_MS = 3_000
const KILL_MS = 5_000

/**
 * Ends a session through logind when that knows it, and then whatever processes of its user are left: a user has one
 * session on a host. Processes of the same uid in another network namespace are of another host and stay.
 */
export function linuxSessionEnd({ exec, log }: LinuxSessionEndDeps): SessionEndDriver {
  return {
    warn: (session, text) => writeToTerminals(session, text, log),
    end: async (session) => {
      if (session.uid === 0) throw new Error('sessions of root are not ended')
      await terminateByLogind(exec, session)
      if (await signalUntilGone(session.uid, 'SIGTERM', TERM_MS)) return
      if (await signalUntilGone(session.uid, 'SIGKILL', KILL_MS)) return
      throw new Error(`processes of uid ${session.uid} survive SIGKILL: are they stuck in the kernel?`)
    },
  }
}

/** A host without logind, or one whose logind has never heard of the session, has nothing to end there. */
async function terminateByLogind(exec: Exec, { session_id, uid }: SessionState): Promise<void> {
  try {
    const owner = await exec('loginctl', ['show-session', '--property=User', '--value', '--', session_id])
    if (owner.trim() === String(uid)) await exec('loginctl', ['terminate-session', '--', session_id])
  } catch (error) {
    if (!(error instanceof ExecError)) throw error
  }
}

/** True when no process of the user is left within the time. New ones are signalled as well. */
async function signalUntilGone(uid: number, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> {
  const signalled = new Set<number>()
  for (let waited = 0; waited <= patienceMs; waited += LOOK_MS) {
    const pids = await processesOf(uid)
    if (pids.length === 0) return true
    for (const pid of pids) if (!signalled.has(pid) || signal === 'SIGKILL') sendSignal(pid, uid, signal)
    for (const pid of pids) signalled.add(pid)
    await delay(LOOK_MS)
  }
  return false
}

function sendSignal(pid: number, uid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (cause) {
    if (codeOf(cause) === 'ESRCH') return
    throw new Error(`process ${pid} of uid ${uid} cannot be ended: the agent needs CAP_KILL`, { cause })
  }
}

/** Living processes with this real uid in our network namespace. Rejects when one may be and cannot be looked at. */
async function processesOf(uid: number): Promise<readonly number[]> {
  const own = await readlink(join(PROC, 'self/ns/net'))
  const pids = (await readdir(PROC)).filter((name) => /^\d+$/.test(name)).map(Number)
  const isOurs = await Promise.all(pids.map((pid) => isLivingProcess(pid, uid, own)))
  return pids.filter((_pid, index) => isOurs[index])
}

async function isLivingProcess(pid: number, uid: number, namespace: string): Promise<boolean> {
  try {
    const status = await readFile(join(PROC, String(pid), 'status'), 'utf8')
    if (/^State:\s*[ZX]/m.test(status) || Number(/^Uid:\s*(\d+)/m.exec(status)?.[1]) !== uid) return false
    return (await readlink(join(PROC, String(pid), 'ns/net'))) === namespace
  } catch (cause) {
    // it ended while we looked
    if (['ENOENT', 'ESRCH'].includes(String(codeOf(cause)))) return false
    const what = `process ${pid} of uid ${uid} may be of another host`
    throw new Error(`${what}: to see its network namespace the agent needs CAP_SYS_PTRACE`, { cause })
  }
}

/** The text on every terminal of the session. Nothing in it may drive the terminal, and one that fails fails alone. */
async function writeToTerminals({ uid, session_id }: SessionState, text: string, log: Log): Promise<void> {
  const plain = text.replace(/[^\P{C}\n]/gu, '').replaceAll('\n', '\r\n')
  const missed = (error: unknown) =>
    log('info', 'a user could not be told of the end of a session', { session_id, reason: reasonOf(error) })
  try {
    const terminals = await terminalsOf(uid)
    await Promise.all(terminals.map((path) => writeTo(path, uid, `\r\n${plain}\r\n`).catch(missed)))
  } catch (error) {
    missed(error)
  }
}

/** The user's own: another user's terminal may control a process that changed to this uid. */
async function writeTo(path: string, uid: number, text: string): Promise<void> {
  if ((await stat(path)).uid !== uid) return
  const terminal = await open(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  await terminal.write(text).finally(() => terminal.close())
}

/** What controls the processes of the session: the same uid may have terminals on another host of this kernel. */
async function terminalsOf(uid: number): Promise<readonly string[]> {
  const stats = (await processesOf(uid)).map((pid) => readFile(join(PROC, String(pid), 'stat'), 'utf8').catch(() => ''))
  const numbers = (await Promise.all(stats)).map(terminalNumber)
  return [...new Set(numbers)].filter((number) => number !== undefined).map((number) => join(TERMINALS, String(number)))
}

/** From proc_pid_stat(5): `tty_nr` is the fifth field after the name, which may hold anything. */
function terminalNumber(stat: string): number | undefined {
  const device = Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[5] ?? 0)
  const [major, minor] = [(device >> 8) & 0xfff, (device & 0xff) | ((device >>> 12) & 0xfff00)]
  return major === PSEUDO_TERMINAL ? minor : undefined
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
