import { AppError } from '#kernel'

/** Pages by marker: rows in the order of their ids, a marker being the last id of the page before. */
export interface MarkerPage {
  readonly limit: number
  readonly after: string | undefined
}

const DEFAULT_LIMIT = 100

/** Reads a page request; a marker that no page can have ended with is refused. */
export function parsePage({ limit, marker }: { readonly limit?: number; readonly marker?: string }): MarkerPage {
  const after = marker === undefined ? undefined : Buffer.from(marker, 'base64url').toString()
  if (after?.includes('\0') || after?.includes('\uFFFD') || after === '') {
    throw new AppError('iam.request_invalid', { detail: 'query marker is not the next_marker of a page' })
  }
  return { limit: limit ?? DEFAULT_LIMIT, after }
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly page_info: { readonly next_marker?: string; readonly current_count: number }
}

/** A page out of rows of which one more than the limit was asked for. */
export function renderPage<T>(rows: readonly T[], limit: number, idOf: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const isMore = rows.length > limit && last !== undefined
  const next = isMore ? { next_marker: Buffer.from(idOf(last)).toString('base64url') } : {}
  return { items, page_info: { ...next, current_count: items.length } }
}
