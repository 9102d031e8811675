import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KEY_BYTES } from './seal.ts'

export type MasterKeySource =
  | { readonly kind: 'text'; readonly base64: string }
  | { readonly kind: 'file'; readonly path: string }

/** Where the key lies that is about to replace the one in a file. */
export function nextPath(path: string): string {
  return `${path}.next`
}

/**
 * The key that opens the keys of the database; it never lies there itself. A second one is the one that was about to
 * replace it when the process died: either may be right.
 */
export function openMasterKeys(source: MasterKeySource): readonly Buffer[] {
  if (source.kind === 'text') return [decode(source.base64, 'BERTH_MASTER_KEY')]
  const { path } = source
  const current = openKeyFile(path)
  return existsSync(nextPath(path)) ? [current, readKeyFile(nextPath(path))] : [current]
}

export function decode(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return key
  throw new Error(`${where} must hold ${KEY_BYTES} bytes in base64; make one with: openssl rand -base64 ${KEY_BYTES}`)
}

export function openKeyFile(path: string): Buffer {
  try {
    return readKeyFile(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  makeKeyFile(path)
  return readKeyFile(path)
}

function readKeyFile(path: string): Buffer {
  const text = readFileSync(path, 'utf8')
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others; run: chmod 600 ${path}`)
  }
  return decode(text, path)
}

/** Linked into place whole: of two processes that start together, one key stays, and a crash leaves none or all of it. */
function makeKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}`
  writeFileSync(temporary, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600 })
  try {
    linkSync(temporary, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(temporary, { force: true })
  }
}
