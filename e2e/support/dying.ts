import { type KyselyPlugin, PostgresQueryCompiler, type QueryId } from 'kysely'
import type { Timing, TsviDeps } from '#tsvi'

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
  'before addresses are claimed': { moved: 'reserving' },
  'after addresses were claimed': { statement: /UPDATE vpc\.address/, when: 'after' },
  'before the port is opened': { port: 'before' },
  'after the port was opened': { port: 'after' },
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
} as const satisfies Record<string, Moment>

type When = 'before' | 'after'
type Moment =
  | { readonly moved: string }
  | { readonly port: When }
  | { readonly statement: RegExp; readonly value?: string | RegExp; readonly when: When }

export type MomentName = keyof typeof MOMENTS

/** What a control plane of a story is told besides its options. */
export interface ControlPlan {
  /** Dies as from `kill -9` when this moment comes for the n-th time after it was armed. */
  readonly die?: { readonly moment: MomentName; readonly nth: number }
  /** Patience in seconds, where it differs from the usual. */
  readonly timing?: Partial<Timing>
}

type Hook = (isIt: (moment: Moment) => boolean) => void

/** The drivers of the world outside, with death around them. */
export function dyingDeps(deps: TsviDeps, die: ControlPlan['die'], isArmed: () => boolean): TsviDeps {
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
    ports: portHooks(deps, hook),
  }
}

function logHook({ log }: TsviDeps, hook: Hook): TsviDeps['log'] {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => {
      log.info(fields, message)
      if (message === 'an update moved on' && 'to' in fields)
        hook((moment) => 'moved' in moment && moment.moved === fields.to)
    },
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}

function portHooks({ ports }: TsviDeps, hook: Hook): TsviDeps['ports'] {
  return {
    setSessionAddresses: async (port) => {
      hook((moment) => 'port' in moment && moment.port === 'before')
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
      if (isIt) hook((moment) => isIt(moment) && 'when' in moment && moment.when === 'after')
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
