import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Where the sources of a client are, and where it is built. */
export interface Workshop {
  readonly sources: string
  readonly output: string
}

/** Longer than any download here should take, and shorter than a story may. */
const COMMAND_MS = 400_000

/** Builds a client once for what its folder holds: the next run finds it done, a changed or broken-off one is done anew. */
export async function buildOnce(language: string, build: (workshop: Workshop) => Promise<void>): Promise<Workshop> {
  const sources = join(ROOT, 'e2e', 'clients', language)
  const output = join(ROOT, '.berth', 'clients', `${language}-${hashOf(sources)}`)
  const stamp = join(output, 'built')
  if (existsSync(stamp)) return { sources, output }
  rmSync(output, { recursive: true, force: true })
  mkdirSync(output, { recursive: true })
  await build({ sources, output })
  writeFileSync(stamp, '')
  return { sources, output }
}

/** Of names and bytes of all its files. */
function hashOf(folder: string): string {
  const hash = createHash('sha256')
  for (const file of globSync('**/*.*', { cwd: folder }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Runs a tool of the language; what it said is in the error when it fails. */
export async function runTool(file: string, args: readonly string[], options: ToolOptions = {}): Promise<void> {
  const env = { ...process.env, ...options.environment }
  const limits = { timeout: COMMAND_MS, maxBuffer: 64 * 1024 * 1024 }
  await promisify(execFile)(file, [...args], {
    ...limits,
    env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
}

export interface ToolOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}
