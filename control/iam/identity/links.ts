export interface Links {
  readonly self: string
  readonly previous: null
  readonly next: null
}

/** Lists of the oldest generation are whole: before and after them is nothing. */
export function linksOf(endpoint: string, path: string): Links {
  return { self: `${endpoint}${path}`, previous: null, next: null }
}
