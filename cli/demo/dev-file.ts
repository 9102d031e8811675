import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** `.berth/dev.json`: everything a client needs, for tools and for people. */
export interface DevFile {
  readonly endpoint: string
  readonly project_id: string
  readonly domain_id: string
  readonly region: string
  readonly access_key: string
  readonly secret_key: string
  readonly user: string
  readonly password: string
  readonly domain: string
  readonly server_group_id: string
  readonly server_ids: readonly string[]
  readonly subnet_id: string
  readonly vpc_id: string
}

/** The secrets of the demo account: those of an earlier start in this directory, else new ones. */
export function demoSecrets(path: string): Pick<DevFile, 'access_key' | 'secret_key' | 'password'> {
  const earlier = readDevFile(path)
  if (earlier) return earlier
  const letters = (bytes: number) => randomBytes(bytes).toString('base64url').replaceAll(/[-_]/g, 'x')
  return {
    access_key: `BERTH${randomBytes(8).toString('hex').toUpperCase().slice(0, 15)}`,
    secret_key: letters(30).slice(0, 40),
    password: `Aa1!${letters(15).slice(0, 20)}`,
  }
}

function readDevFile(path: string): DevFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Written beside and renamed, for the owner's eyes only: a reader never sees half of it. */
export function writePrivate(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  chmodSync(temporary, 0o600)
  renameSync(temporary, path)
}
