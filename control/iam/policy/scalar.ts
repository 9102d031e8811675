const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i

/** NaN for text that is no decimal number. */
export function parseNumber(text: string): number {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : Number.NaN
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since 1970 of `2026-05-21T08:00:00Z`; NaN for anything else, a thirtieth of February too. */
export function parseInstant(text: string): number {
  const [, day, time] = INSTANT.exec(text) ?? []
  if (day === undefined || time === undefined || time >= '24') return Number.NaN
  const wall = Date.parse(`${day}T${time}Z`)
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 10) !== day) return Number.NaN
  return Date.parse(text)
}

/** Undefined for anything but true and false, in whatever case. */
export function parseBool(text: string): boolean | undefined {
  const folded = text.toLowerCase()
  return folded === 'true' ? true : folded === 'false' ? false : undefined
}
