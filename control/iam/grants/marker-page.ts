import type { MarkerPage } from './policy.view.ts'

/** The contract has filled in the limit. */
export function parsePage(query: { readonly limit?: number; readonly marker?: string }): MarkerPage {
  return { limit: query.limit ?? 100, marker: query.marker }
}

export interface Page<T> {
  readonly entries: readonly T[]
  readonly page_info: { readonly current_count: number; readonly next_marker?: string }
}

/** Cuts off the entry that was read to learn whether there is a next page. */
export function renderPage<T extends { readonly id: string }>(found: readonly T[], { limit }: MarkerPage): Page<T> {
  const entries = found.slice(0, limit)
  const last = entries.at(-1)
  const next = found.length > limit && last !== undefined ? { next_marker: last.id } : {}
  return { entries, page_info: { current_count: entries.length, ...next } }
}
