import type { JsonSchema } from '../published/normal.ts'
import { exampleFor } from './example.ts'

export type Place = 'path' | 'query' | 'header'

/** Parameters of one place with a description and, where one is needed for a call, an example. */
export function renderParameters(schema: JsonSchema, place: Place): object[] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const isRequired = place === 'path' || required.has(name)
    const { description = describe(name), ...rule } = property as JsonSchema & { readonly description?: string }
    return {
      name,
      in: place,
      required: isRequired,
      description,
      schema: rule,
      ...(isRequired ? { example: exampleFor(property, name) } : {}),
      ...(property['x-berth'] === true ? { 'x-berth': true } : {}),
    }
  })
}

const WORDS: Readonly<Record<string, string>> = {
  enabled: 'Only those that are, or are not.',
  limit: 'Entries per page.',
  marker: 'Where the page before ended.',
  offset: 'Number of entries to skip.',
  page: 'Number of the page, from 1.',
  per_page: 'Entries per page.',
  'x-subject-token': 'The token that is spoken of.',
}

/** From the name, where the contract says no more than that. */
function describe(name: string): string {
  const known = WORDS[name]
  if (known !== undefined) return known
  const words = name.replace(/^x-/, '').split(/[_-]/)
  if (words.length > 1 && words.at(-1) === 'id') return `Id of the ${words.slice(0, -1).join(' ')}.`
  if (words.length > 1 && words.at(-1) === 'name') return `Name of the ${words.slice(0, -1).join(' ')}.`
  const text = words.join(' ')
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
