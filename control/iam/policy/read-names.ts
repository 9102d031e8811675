import type { Names } from './document.ts'
import { MOST_URIS } from './grammar.ts'
import { insist, isObject, type Members, type Reading, refuse } from './reading.ts'
import { parseTemplate } from './template.ts'
import { SEGMENTS, splitPattern } from './urn.ts'

/** A list of texts; in 5.0 one text alone will do. Null for anything else. */
function textsOf(reading: Reading, value: unknown): readonly string[] | null {
  if (typeof value === 'string' && !(reading.isWrite && reading.grammar.isClassic)) return [value]
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string')) return null
  return value
}

const PART = /^[A-Za-z0-9_*?.-]+$/

export function readAction(reading: Reading, value: unknown, where: string, inverted: boolean): Names {
  const { mostActions, mostActionCharacters } = reading.grammar
  const texts = textsOf(reading, value)
  if (texts === null) {
    refuse(reading, 'actions', where, 'must be a list of actions.')
    return inverted ? { patterns: [], inverted } : { patterns: ['*'], inverted }
  }
  const fits = texts.length >= 1 && texts.length <= mostActions
  insist(fits, reading, 'actions', where, `has ${texts.length} actions. Give it 1 to ${mostActions}.`)
  const patterns: string[] = []
  for (const [at, text] of texts.entries()) {
    const place = `${where}[${at}]`
    const short = text.length <= mostActionCharacters
    insist(short, reading, 'actionLength', place, `is longer than ${mostActionCharacters} characters.`)
    insistWildcards(reading, text, place)
    if (isActionForm(reading, text)) patterns.push(text)
    else {
      refuse(reading, 'actionForm', place, `'${text}' is not of the form service:type:operation, such as vpc:ports:*.`)
      // not understood: as an action it is every action, as one that is spared it is none
      if (!inverted) patterns.push('*')
    }
  }
  return { patterns, inverted }
}

function isActionForm({ grammar, isWrite }: Reading, text: string): boolean {
  if (text === '*') return !grammar.isClassic
  const [service = '', type = '', operation = '', ...rest] = text.split(':')
  // actions that are about nothing in particular have no type: sts::decodeAuthorizationMessage
  const isFormed = PART.test(service) && (type === '' || PART.test(type)) && PART.test(operation)
  if (!isFormed || rest.length > 0) return false
  return !isWrite || !grammar.isClassic || service === service.toLowerCase()
}

/** In an SCP `*` and `?` stand alone or end a part. */
function insistWildcards(reading: Reading, text: string, where: string): void {
  if (reading.kind !== 'scp') return
  const fits = text.split(':').every((part) => !/[*?]/.test(part.slice(0, -1)))
  insist(fits, reading, 'actionForm', where, `'${text}': in an SCP * and ? stand alone or at the end.`)
}

/** Null for every resource. */
export function readResource(
  reading: Reading,
  value: unknown,
  where: string,
  { inverted, denies }: { readonly inverted: boolean; readonly denies: boolean },
): Names | null {
  if (isObject(value) && reading.grammar.isClassic && 'uri' in value) return readUris(reading, value, where)
  const { mostResources } = reading.grammar
  const texts = textsOf(reading, value)
  if (texts === null) {
    refuse(reading, 'resources', where, 'must be a list of resources.')
    return null
  }
  const fits = texts.length >= 1 && texts.length <= mostResources
  insist(fits, reading, 'resources', where, `has ${texts.length} resources. Give it 1 to ${mostResources}.`)
  // what can never match does no harm in an Allow, but denies nothing, and spares nothing
  const mustMatch = denies || inverted
  for (const [at, text] of texts.entries()) checkResource(reading, text, `${where}[${at}]`, mustMatch)
  return { patterns: texts, inverted }
}

function checkResource(reading: Reading, text: string, where: string, mustMatch: boolean): void {
  const { isClassic, mostResourceCharacters } = reading.grammar
  const short = text.length <= mostResourceCharacters
  insist(short, reading, 'uri', where, `is longer than ${mostResourceCharacters} characters.`)
  insistWildcards(reading, text, where)
  if (text === '*') return
  const segments = splitPattern(text)
  const whole = segments.length === SEGMENTS || (!isClassic && !mustMatch && text !== '')
  insist(whole, reading, 'segments', where, `'${text}' is not of the form service:region:account:type:path.`)
  for (const [at, segment] of segments.entries()) {
    const filled = segment !== '' || at === 1 || !isClassic
    insist(filled, reading, 'segment', where, `'${text}': part ${at + 1} is empty. Use * for any.`)
    const isText = isClassic && at < SEGMENTS - 1
    const wanted = isText ? !mustMatch || !segment.includes('${') : parseTemplate(segment) !== null
    const detail = isText ? 'has a variable, which 1.x has in part 5 only' : 'has a malformed variable'
    insist(wanted, reading, 'segment', where, `'${text}': part ${at + 1} ${detail}.`)
  }
}

const AGENCY = /^\/iam\/agencies\/([A-Za-z0-9_*-]{1,64})$/

/** `{"uri": ["/iam/agencies/<id>"]}`: the agencies that may be switched into. */
function readUris(reading: Reading, value: Members, where: string): Names | null {
  const uris = Array.isArray(value.uri) ? value.uri : []
  const fits = uris.length >= 1 && uris.length <= MOST_URIS && Object.keys(value).length === 1
  if (!fits) {
    refuse(reading, 'resourceUris', `${where}.uri`, `must be a list of 1 to ${MOST_URIS}, and nothing beside it.`)
    return null
  }
  const patterns: string[] = []
  for (const [at, uri] of uris.entries()) {
    const id = AGENCY.exec(String(uri))?.[1]
    if (id !== undefined) patterns.push(id)
    else refuse(reading, 'uri', `${where}.uri[${at}]`, 'is not of the form /iam/agencies/<id>.')
  }
  return patterns.length === uris.length ? { patterns, inverted: false, ofAgencyIds: true } : null
}
