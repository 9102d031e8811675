import { isInLine, rebootsOnChange, type Standing } from './plan.ts'

/** What decides what an update of a server will do. */
export interface ForecastInput {
  readonly standing: Standing
  /** What holds by tenant and group. */
  readonly enable: boolean
  /** Addresses it shall have when that is on. */
  readonly count: number
  /** Session addresses that are the server's, those on their way out among them. */
  readonly owned: readonly string[]
  readonly rebootPolicy: string
  readonly sessions: number
}

export interface Forecast {
  readonly changes: boolean
  readonly reason: string
  readonly reboots: boolean
  readonly sessionsAffected: number
  readonly needed: number
  readonly leaving: number
}

/** Before the act, by the same functions as the act (`actions.ts`): in line is in line, a reboot is a reboot. */
export function forecast(input: ForecastInput): Forecast {
  const { standing, enable, count, owned, sessions } = input
  const changes = !isInLine(standing, { enable, count })
  const reason = reasonOf(input, changes)
  if (!changes) return { changes, reason, reboots: false, sessionsAffected: 0, needed: 0, leaving: 0 }
  const wanted = enable ? count : 0
  const needed = Math.max(0, wanted - owned.length)
  const leaving = Math.max(0, owned.length - wanted)
  const reboots = rebootsOnChange(input.rebootPolicy)
  return {
    changes,
    reason,
    reboots,
    sessionsAffected: reboots ? sessions : Math.min(sessions, leaving),
    needed,
    leaving,
  }
}

/** The first rule of `isInLine` that is broken, for people. */
function reasonOf({ standing, enable, count }: ForecastInput, changes: boolean): string {
  if (!changes) return 'The server is as it shall be, and its agent has confirmed it.'
  if (standing.inDoubt) return 'The last update failed; what the server really has is not known.'
  if (!standing.isApplied) return 'The agent has not confirmed what it was told last.'
  if (standing.enable !== enable || (standing.current?.enable ?? false) !== enable) {
    return `Virtual session IPs are to be switched ${enable ? 'on' : 'off'}.`
  }
  return `The server has ${standing.current?.addresses.length ?? 0} session addresses and shall have ${enable ? count : 0}.`
}

export interface Demand {
  readonly subnetId: string
  readonly needed: number
}

/** What is needed of each subnet in all, in the order in which they are first needed. */
export function sumBySubnet(demands: readonly Demand[]): readonly Demand[] {
  const groups = Map.groupBy(demands, ({ subnetId }) => subnetId)
  return [...groups].map(([subnetId, some]) => ({
    subnetId,
    needed: some.reduce((sum, { needed }) => sum + needed, 0),
  }))
}
