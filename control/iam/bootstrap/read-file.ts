import { readFileSync, statSync } from 'node:fs'
import type { SecretReference } from './document.ts'
import { BootstrapError, type BootstrapFile, type Place, parseBootstrap } from './parse.ts'
import { createSecretReader, type Environment } from './secret.ts'

/** A bootstrap file that was read, with the way to the secrets it names. */
export interface Bootstrap extends BootstrapFile {
  /** The secret that is referred to at a place; throws a BootstrapError that names the place, never the secret. */
  readonly secretOf: (reference: SecretReference, place: Place) => string
}

/** What is longer in bytes is so in characters or cannot be text. */
const MOST_BYTES = 4 * 1024 * 1024

/** Reads and checks a bootstrap file; its secrets are read when they are asked for. Throws a BootstrapError. */
export function readBootstrap(path: string, environment: Environment): Bootstrap {
  const file = parseBootstrap(readText(path), path)
  const read = createSecretReader(path, environment)
  return { ...file, secretOf: (reference, place) => read(reference, file.placeOf(place)) }
}

function readText(path: string): string {
  let bytes: Buffer
  try {
    const { size } = statSync(path)
    if (size > MOST_BYTES) throw new BootstrapError(`${path} is longer than ${MOST_BYTES} bytes`)
    bytes = readFileSync(path)
  } catch (error) {
    if (error instanceof BootstrapError) throw error
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new BootstrapError(`${path} cannot be read${code}`, { cause: error })
  }
  return bytes.toString('utf8')
}
