interface Answer {
  readonly content?: { readonly 'application/json': { readonly examples?: Readonly<Record<string, object>> } }
}

type Responses = Readonly<Record<string, Answer>>
export type Paths = Readonly<Record<string, Readonly<Record<string, object>>>>

/**
 * The same paths with every example of an error referred to, and these examples by name: the same sentence is of a
 * hundred operations. One error in several shapes has one name each.
 */
export function shareExamples(paths: Paths): { readonly paths: Paths; readonly examples: Record<string, object> } {
  const names = new Map<string, string>()
  const examples: Record<string, object> = {}
  const nameOf = (word: string, example: object): string => {
    const key = JSON.stringify([word, example])
    const known = names.get(key)
    if (known !== undefined) return known
    const taken = Object.keys(examples).filter((name) => name === word || name.startsWith(`${word}-`)).length
    const name = taken === 0 ? word : `${word}-${taken + 1}`
    names.set(key, name)
    examples[name] = example
    return name
  }
  const shared = mapValues(paths, (methods) =>
    mapValues(methods, (operation) => {
      const { responses } = operation as { readonly responses: Responses }
      return { ...operation, responses: mapValues(responses, (answer) => withReferences(answer, nameOf)) }
    }),
  )
  const sorted = Object.entries(examples).sort(([a], [b]) => a.localeCompare(b))
  return { paths: shared, examples: Object.fromEntries(sorted) }
}

function withReferences(answer: Answer, nameOf: (word: string, example: object) => string): Answer {
  const json = answer.content?.['application/json']
  if (json?.examples === undefined) return answer
  const examples = Object.fromEntries(
    Object.entries(json.examples).map(([word, example]) => [
      word,
      { $ref: `#/components/examples/${nameOf(word, example)}` },
    ]),
  )
  return { ...answer, content: { 'application/json': { ...json, examples } } }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
