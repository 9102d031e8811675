import { isUniqueViolation, type Trx } from '#db'
import { AppError } from '#kernel'
import type { Sealer } from '../keys/seal.ts'
import { deriveId, type Kind } from './derive-id.ts'
import type { AccountEntry } from './document.ts'
import { findRow, type NamedEntry, type NamedRow } from './named.ts'
import { BootstrapError, type Place } from './parse.ts'
import type { Passwords } from './passwords.ts'
import type { Bootstrap } from './read-file.ts'

/** One run over a bootstrap file, inside its transaction. */
export interface Application {
  readonly trx: Trx
  readonly at: Date
  /** Projects are called after it. */
  readonly region: string
  readonly secrets: Sealer
  readonly file: Bootstrap
  readonly passwords: Passwords
  /** What was changed so far, a line each. Nothing is written without one. */
  readonly changes: string[]
}

/** The part of it that is about one account. */
export interface AccountApplication extends Application {
  readonly account: { readonly id: string; readonly name: string }
  readonly entry: AccountEntry
  readonly place: Place
  /** By id what of the account the file has spoken of so far, and where. */
  readonly claimed: Map<string, Place>
}

/** Somebody else changed what was looked at before the transaction: look again. */
export class Overtaken extends Error {}

/** Ends the run with a sentence that begins with file, line and place. */
export function refuse({ file }: Pick<Application, 'file'>, place: Place, why: string, cause?: unknown): never {
  throw new BootstrapError(`${file.placeOf(place)}: ${why}`, cause === undefined ? {} : { cause })
}

/** Does a write for something in the file: what the stores or the database refuse is said of its place. */
export async function writeAt<T>(application: Application, place: Place, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof AppError) refuse(application, place, error.message, error)
    if (isUniqueViolation(error)) refuse(application, place, 'the id is taken, perhaps in another account', error)
    throw error
  }
}

export interface Match<R> {
  readonly id: string
  /** Undefined when it has to be made. */
  readonly row: R | undefined
}

/** Which of an account's rows an entry is about, or the id to make one with. An id never changes. */
export function matchRow<R extends NamedRow>(
  application: AccountApplication,
  kind: Kind,
  entry: NamedEntry,
  place: Place,
  rows: readonly R[],
): Match<R> {
  const { account, claimed } = application
  const row = findRow(entry, rows)
  const namesake = rows.find(({ name }) => name === entry.name)
  if (namesake !== undefined && namesake !== row) {
    refuse(application, [...place, 'id'], `the ${kind} ${entry.name} of ${account.name} has the id ${namesake.id}`)
  }
  const id = row?.id ?? entry.id ?? deriveId(kind, account.id, entry.name)
  const renamed = row ?? rows.find((one) => one.id === id)
  if (renamed !== row) {
    const why = `the id it would get is that of the ${kind} ${renamed?.name}, which had this name once`
    refuse(application, place, `${why}. Say the new name here, or another id.`)
  }
  const key = `${kind} ${id}`
  const earlier = claimed.get(key)
  if (earlier) refuse(application, place, `this is the ${kind} ${id} again, which is at ${earlier.join('.')} already`)
  claimed.set(key, place)
  return { id, row }
}

/** Columns by the words of the file; what is not said there goes without a word. */
const WORDS: Readonly<Record<string, string>> = {
  name: 'name',
  display_name: 'name',
  displayName: 'name',
  description: 'description',
  enabled: 'enabled',
  status: 'enabled',
  password_hash: 'password',
  trust_domain_id: 'trust_account',
  max_session_seconds: 'max_session_seconds',
  document: 'document',
}

/** Notes a change of these columns; false when there are none, and then nothing may be written. */
export function noteChange(
  { changes, account }: AccountApplication,
  kind: Kind,
  name: string,
  columns: Readonly<Record<string, unknown>>,
): boolean {
  const words = Object.keys(columns).flatMap((column) => WORDS[column] ?? [])
  if (words.length === 0) return false
  changes.push(`changed ${kind} ${account.name}/${name}: ${words.join(', ')}`)
  return true
}

export function noteCreated({ changes, account }: AccountApplication, kind: Kind, name: string): void {
  changes.push(`created ${kind} ${account.name}/${name}`)
}

/** The row was there a moment ago in this transaction: somebody deleted it meanwhile. */
export function requireWritten(written: unknown): void {
  if (written === undefined || written === false) throw new Overtaken('it was deleted meanwhile')
}
