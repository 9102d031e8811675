/** What the file says of something that has a name: an id only where somebody wants a certain one. */
export interface NamedEntry {
  readonly name: string
  readonly id?: string
}

export interface NamedRow {
  readonly id: string
  readonly name: string
}

/** The row that an entry is about: by its id where it says one, else by its name. */
export function findRow<R extends NamedRow>({ id, name }: NamedEntry, rows: readonly R[]): R | undefined {
  return rows.find((row) => (id === undefined ? row.name === name : row.id === id))
}

/** What is said and differs from the row; what is not said stays. */
export function findDifferences<R extends object, K extends keyof R>(
  row: R,
  said: { readonly [N in K]: R[N] | undefined },
): { [N in K]?: R[N] } {
  const changes: { [N in K]?: R[N] } = {}
  for (const name of Object.keys(said) as K[]) {
    const value = said[name]
    if (value !== undefined && value !== row[name]) changes[name] = value
  }
  return changes
}
