/** Works one after the other for each key, in the order of the calls; other keys do not wait. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

export function inTurn(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, turn)
    try {
      return await turn
    } finally {
      if (last.get(key) === turn) last.delete(key)
    }
  }
}
