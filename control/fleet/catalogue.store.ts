import { readFileSync, statSync } from 'node:fs'
import { Compile } from 'typebox/compile'
import { parseDocument } from 'yaml'
import { findCatalogueMistake } from './catalogue.ts'
import { type Catalogue, CatalogueFile, Catalogue as schema } from './catalogue-document.ts'

/** A mistake in a catalogue file, said with the file and the place. */
export class CatalogueError extends Error {}

const SHIPPED = new URL('./catalogue.yaml', import.meta.url)
const MOST_BYTES = 1024 * 1024
/** A few lines can say `alias of an alias` until no memory is left. */
const MAX_ALIASES = 100

const whole = Compile(schema)
const partial = Compile(CatalogueFile)

let current: Catalogue | undefined

/** What this process offers from now on; null is what comes with Berth. One process has one catalogue. */
export function setCatalogue(catalogue: Catalogue | null): void {
  current = catalogue ?? readShipped()
}

export function getCatalogue(): Catalogue {
  current ??= readShipped()
  return current
}

/** The sections of the file, and for those that it does not have the ones that come with Berth. Throws a CatalogueError. */
export function readCatalogue(path: string): Catalogue {
  return parseCatalogue(readText(path), path)
}

export function parseCatalogue(text: string, file: string): Catalogue {
  const document = parseDocument(text, { uniqueKeys: true, strict: true })
  const [broken] = document.errors
  if (broken) throw new CatalogueError(`${file}: ${broken.message.split('\n', 1)[0]}`)
  const value = toValue(document, file)
  if (!partial.Check(value)) throw new CatalogueError(`${file}: ${describe(partial.Errors(value))}`)
  const catalogue = { ...readShipped(), ...value }
  const mistake = findCatalogueMistake(catalogue)
  if (mistake !== undefined) throw new CatalogueError(`${file}: ${mistake}`)
  return catalogue
}

function toValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    // an empty file, or one of comments only, changes nothing
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}
  } catch (error) {
    throw new CatalogueError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readShipped(): Catalogue {
  const value: unknown = parseDocument(readFileSync(SHIPPED, 'utf8')).toJS()
  if (whole.Check(value)) return value
  throw new CatalogueError(`catalogue.yaml: ${describe(whole.Errors(value))}`)
}

function readText(path: string): string {
  try {
    if (statSync(path).size > MOST_BYTES) throw new CatalogueError(`${path} is longer than ${MOST_BYTES} bytes`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof CatalogueError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new CatalogueError(`${path} cannot be read${code}`, { cause: error })
  }
}

interface Finding {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

/** An unknown name is the likelier mistake than the missing one it leaves behind. */
function describe(findings: readonly Finding[]): string {
  const first = findings.find(({ keyword }) => keyword === 'additionalProperties') ?? findings[0]
  const place = first?.instancePath.slice(1).replaceAll('/', '.') || 'the document'
  const { additionalProperties: unknown, allowedValues } = {
    ...{ additionalProperties: undefined, allowedValues: undefined },
    ...(first?.params as { additionalProperties?: readonly string[]; allowedValues?: readonly string[] }),
  }
  if (unknown) return `${place} has the unknown field ${unknown.join(', ')}`
  return `${place} ${allowedValues ? `must be one of ${allowedValues.join(', ')}` : first?.message}`
}
