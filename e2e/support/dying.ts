import { type KyselyPlugin, PostgresQueryCompiler, type QueryId } from 'kysely'
import type { Timing, TsviDeps } from '#tsvi'
import { PortRefused } from '#vpc'

/**
 * Moments of an update at which the control plane can be told to die, each as its hook sees it:
 * `moved` just after the transaction that leads to a state, so before the action of that state; `port` around the
 * driver of the network; `statement` around one SQL statement, whose transaction is then still open, if it has one.
 */
export const MOMENTS = {
  'before the job is begun': {
    statement: /from "tsvi"\."update" where "finished_at" is null and "job_id"/,
    when: 'before',
  },
  'before the former state is noted': { statement: /UPDATE tsvi\.update SET former/, when: 'before' },
  'after the former state was noted': { statement: /UPDATE tsvi\.update SET former/, when: 'after' },
  'before addresses are claimed': { moved: 'reserving' },
  'after addresses were claimed': { statement: /claimed AS \(\s*UPDATE vpc\.address/, when: 'after' },
  'before the port is written': { port: 'before' },
  'after the port was written': { port: 'after' },
  'before the agent is told': { moved: 'configuring' },
  'just after the agent was told': { statement: /UPDATE agents\.agent/, when: 'after' },
  'after the agent has answered': {
    statement: /UPDATE tsvi\.update\s+SET state/,
    value: 'rebooting',
    when: 'before',
  },
  'before the reboot is ordered': { moved: 'rebooting' },
  'just after the reboot was ordered': { statement: /UPDATE agents\.agent/, value: /"if_boot_id"/, when: 'after' },
  'before the verification': { moved: 'verifying' },
  'after the verification, before the last transaction': {
    statement: /UPDATE tsvi\.update\s+SET state/,
    value: 'done',
    when: 'before',
  },
  'within the last transaction': { statement: /UPDATE jobs\.job/, when: 'after' },
  'after the last transaction': { moved: 'done' },
  'when a deadline has passed': { statement: /"deadline_at" <=/, when: 'after', found: true },
  'after a second reboot was decided': { moved: 'rebooting', attempt: 2 },
  'before the undoing': { moved: 'undoing' },
  'just after the agent was told to undo': {
    statement: /UPDATE agents\.agent/,
    value: /"enable":false/,
    when: 'after',
  },
  'before the release': { moved: 'releasing' },
  'while what leaves is marked': { statement: /SET leaving_at = \$/, when: 'after' },
  'after the release': { statement: /SET owner_id = NULL/, when: 'after' },
  'before the last transaction of a failure': {
    statement: /UPDATE tsvi\.update\s+SET state/,
    value: 'failed',
    when: 'before',
  },
  'after the last transaction of a failure': { moved: 'failed' },
} as const satisfies Record<string, Moment>

type When = 'before' | 'after'
type Moment =
  | { readonly moved: string; readonly attempt?: number }
  | { readonly port: When }
  | { readonly statement: RegExp; readonly value?: string | RegExp; readonly when: When; readonly found?: true }

export type MomentName = keyof typeof MOMENTS

/** What a control plane of a story is told besides its options. */
export interface ControlPlan {
  /** Dies as from `kill -9` when this moment comes for the n-th time after it was armed. */
  readonly die?: { readonly moment: MomentName; readonly nth: number }
  /** So many calls of the port, after it was armed, are refused. */
  readonly portRefusals?: number
  /** Patience in seconds, where it differs from the usual. */
  readonly timing?: Partial<Timing>
}

type Hook = (isIt: (moment: Moment) => boolean) => void

/** The drivers of the world outside, with death around them. */
export function dyingDeps(deps: TsviDeps, { die, portRefusals = 0 }: ControlPlan, isArmed: () => boolean): TsviDeps {
  if (die === undefined) return deps
  const moment: Moment = MOMENTS[die.moment]
  let come = 0
  const hook: Hook = (isIt) => {
    if (!isArmed() || !isIt(moment)) return
    come += 1
    if (come === die.nth) process.kill(process.pid, 'SIGKILL')
  }
  return {
    ...deps,
    db: deps.db.withPlugin(statementHooks(hook)),
    log: logHook(deps, hook),
    ports: portHooks(deps, hook, refusals(portRefusals, isArmed)),
  }
}

function logHook({ log }: TsviDeps, hook: Hook): TsviDeps['log'] {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => {
      log.info(fields, message)
      if (message === 'an update moved on') hook((moment) => hasMoved(moment, fields))
    },
    warn: (fields, message) => {
      log.warn(fields, message)
      if (message === 'an update failed') hook((moment) => hasMoved(moment, fields))
    },
    error: (fields, message) => log.error(fields, message),
  }
}

function hasMoved(moment: Moment, fields: object): boolean {
  if (!('moved' in moment && 'to' in fields && moment.moved === fields.to)) return false
  return moment.attempt === undefined || ('attempt' in fields && moment.attempt === fields.attempt)
}

/** Throws so many times, once armed. */
function refusals(count: number, isArmed: () => boolean): () => void {
  let left = count
  return () => {
    if (left === 0 || !isArmed()) return
    left -= 1
    throw new PortRefused('the network of the story says no')
  }
}

function portHooks({ ports }: TsviDeps, hook: Hook, refuse: () => void): TsviDeps['ports'] {
  return {
    setSessionAddresses: async (port) => {
      hook((moment) => 'port' in moment && moment.port === 'before')
      refuse()
      const closed = await ports.setSessionAddresses(port)
      hook((moment) => 'port' in moment && moment.port === 'after')
      return closed
    },
  }
}

function statementHooks(hook: Hook): KyselyPlugin {
  const compiler = new PostgresQueryCompiler()
  const running = new WeakMap<QueryId, (moment: Moment) => boolean>()
  return {
    transformQuery: ({ node, queryId }) => {
      const { sql, parameters } = compiler.compileQuery(node, queryId)
      const isIt = (moment: Moment) => 'statement' in moment && fits(moment, sql, parameters)
      running.set(queryId, isIt)
      hook((moment) => isIt(moment) && 'when' in moment && moment.when === 'before')
      return node
    },
    transformResult: async ({ queryId, result }) => {
      const isIt = running.get(queryId)
      const isEmpty = result.rows.length === 0
      hook(
        (moment) =>
          isIt?.(moment) === true && 'when' in moment && moment.when === 'after' && !(moment.found && isEmpty),
      )
      return result
    },
  }
}

type StatementMoment = Extract<Moment, { statement: RegExp }>

function fits({ statement, value }: StatementMoment, sql: string, parameters: readonly unknown[]): boolean {
  if (!statement.test(sql)) return false
  if (value === undefined) return true
  return parameters.some((parameter) => {
    if (typeof parameter !== 'string') return false
    return typeof value === 'string' ? parameter === value : value.test(parameter)
  })
}
