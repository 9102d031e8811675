import { AppError, secondsAfter } from '#kernel'

/** From `from` to `to`, both included. */
export interface Period {
  readonly from: Date
  readonly to: Date
}

/** Beyond these, databases and programs write instants in ways of their own. */
const EARLIEST = new Date('0001-01-01T00:00:00Z')
const LATEST = new Date('9999-12-31T23:59:59.999Z')

const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})?$/

/** Reads an instant of a caller; one without a zone is UTC. `where` is what a refusal names. */
export function readInstant(text: string, where: string): Date {
  const [, day, time, zone = 'Z'] = INSTANT.exec(text) ?? []
  const at = new Date(`${day}T${time}${zone}`)
  if (day !== undefined && at >= EARLIEST && at <= LATEST && isRealDay(day)) return at
  throw new AppError('http.invalid', { where, detail: 'must be an instant such as 2026-03-02T08:15:30Z' })
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isRealDay(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

export interface Bounds {
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Names of the two members, for refusals, such as `body login_start_time`. */
export interface BoundNames {
  readonly from: string
  readonly to: string
}

const DAYS = 30
const DAY_SECONDS = 86_400

/** The period of a record list: both bounds or neither, 30 days at most, the last 30 when neither. Empty is absent. */
export function readPeriod({ from = '', to = '' }: Bounds, names: BoundNames, now: Date): Period {
  if (from === '' && to === '') return { from: secondsAfter(now, -DAYS * DAY_SECONDS), to: now }
  if (from === '' || to === '') {
    const [given, missing] = from === '' ? [names.to, names.from] : [names.from, names.to]
    throw new AppError('http.invalid', { where: missing, detail: `is missing beside ${given}; send both or neither` })
  }
  const period = ordered({ from: readInstant(from, names.from), to: readInstant(to, names.to) }, names)
  if (period.to.getTime() - period.from.getTime() > DAYS * DAY_SECONDS * 1000) {
    throw new AppError('http.invalid', { where: names.to, detail: `is more than ${DAYS} days after ${names.from}` })
  }
  return period
}

/** The period of ListSessions: as long as the caller likes, and an empty bound is none. */
export function readSpan({ from, to }: BoundNames, names: BoundNames): Period {
  const span = {
    from: from === '' ? EARLIEST : readInstant(from, names.from),
    to: to === '' ? LATEST : readInstant(to, names.to),
  }
  return ordered(span, names)
}

function ordered(period: Period, names: BoundNames): Period {
  if (period.from <= period.to) return period
  throw new AppError('http.invalid', { where: names.to, detail: `is before ${names.from}` })
}
