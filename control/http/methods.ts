/** Which methods each path knows: a known path with another method is 405, not 404. */
export class MethodTable {
  readonly #methods = new Map<string, Set<string>>()
  readonly #patterns = new Map<string, RegExp>()

  add(url: string, method: string | readonly string[]): void {
    const known = this.#methods.get(url) ?? new Set()
    for (const one of [method].flat()) known.add(one)
    this.#methods.set(url, known)
    this.#patterns.set(url, patternOf(url))
  }

  allowed(path: string): readonly string[] {
    const found = [...this.#patterns].filter(([, pattern]) => pattern.test(path))
    const literal = found.filter(([url]) => !url.includes(':'))
    const urls = (literal.length > 0 ? literal : found).map(([url]) => url)
    return [...new Set(urls.flatMap((url) => [...(this.#methods.get(url) ?? [])]))].sort()
  }
}

/** Segments that start with `:` match anything without a slash; the rest is compared as it is. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : RegExp.escape(segment)))
  return new RegExp(`^${segments.join('/')}$`)
}
