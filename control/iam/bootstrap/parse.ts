import { Compile } from 'typebox/compile'
import { isMap, isSeq, LineCounter, type ParsedNode, parseDocument, type Document as YamlDocument } from 'yaml'
import { BootstrapDocument } from './document.ts'

const validator = Compile(BootstrapDocument)
const MAX_LENGTH = 1024 * 1024
/** A file of a few lines can say `alias of an alias` until no memory is left. */
const MAX_ALIASES = 100

/** A mistake in the file, said with its line. */
export class BootstrapError extends Error {}

/** The way to something in the file: `['accounts', 0, 'users', 1]`. */
export type Place = readonly (string | number)[]

export interface BootstrapFile extends BootstrapDocument {
  /** `iam.yaml:12: accounts.0.users.1`, as the sentence about a mistake there begins. */
  readonly placeOf: (place: Place) => string
}

/** Reads the file; throws a BootstrapError that names line and place. */
export function parseBootstrap(text: string, file: string): BootstrapFile {
  if (text.length > MAX_LENGTH) throw new BootstrapError(`${file} is longer than ${MAX_LENGTH} characters`)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true })
  const [broken] = document.errors
  if (broken) {
    const { line } = lines.linePos(broken.pos[0])
    throw new BootstrapError(`${file}:${line}: ${broken.message.split('\n', 1)[0]}`)
  }
  const value: unknown = toValue(document, file)
  const placeOf = (place: Place) => {
    const path = place.map(String)
    const line = lineOf(document.contents as ParsedNode | null, path, lines)
    return `${file}:${line}: ${path.join('.') || 'the document'}`
  }
  if (validator.Check(value)) return { ...value, placeOf }
  throw new BootstrapError(describe(value, placeOf))
}

function toValue(document: YamlDocument, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    throw new BootstrapError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function describe(value: unknown, placeOf: BootstrapFile['placeOf']): string {
  const found = [...validator.Errors(value)]
  // an unknown name is the likelier mistake than the missing one it leaves behind
  const first = found.find(({ keyword }) => keyword === 'additionalProperties') ?? found[0]
  const path = (first?.instancePath ?? '').split('/').slice(1)
  const unknown = (first?.params as { additionalProperties?: readonly string[] } | undefined)?.additionalProperties
  const rule = unknown ? `has the unknown field ${unknown.join(', ')}` : first?.message
  return `${placeOf(path)} ${rule}`
}

/** The line of the innermost node on the way to a place. */
function lineOf(root: ParsedNode | null, path: readonly string[], lines: LineCounter): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const part of path) {
    if (!isMap(node) && !isSeq(node)) break
    const next = node.get(isSeq(node) ? Number(part) : part, true) as ParsedNode | undefined
    if (!next) break
    node = next
    offset = next.range?.[0] ?? offset
  }
  return lines.linePos(offset).line
}
