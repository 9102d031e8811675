import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { SecretReference } from './document.ts'
import { BootstrapError } from './parse.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Finds the secrets of a bootstrap file; relative files are beside it. */
export type SecretReader = (reference: SecretReference, what: string) => string

const LONGEST = 4096

export function createSecretReader(bootstrapFile: string, environment: Environment): SecretReader {
  return (reference, what) => {
    const secret = 'env' in reference ? environment[reference.env] : readSecretFile(bootstrapFile, reference.file, what)
    const where = 'env' in reference ? `the environment variable ${reference.env}` : reference.file
    if (secret === undefined || secret === '') throw new BootstrapError(`${what}: ${where} is empty or not set`)
    if (secret.length > LONGEST) throw new BootstrapError(`${what}: ${where} is longer than ${LONGEST} characters`)
    return secret
  }
}

function readSecretFile(bootstrapFile: string, file: string, what: string): string {
  const path = resolve(dirname(bootstrapFile), file)
  try {
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new BootstrapError(`${what}: ${path} can be read by others; run: chmod 600 ${path}`)
    }
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof BootstrapError) throw error
    throw new BootstrapError(`${what}: ${path} cannot be read`, { cause: error })
  }
}
