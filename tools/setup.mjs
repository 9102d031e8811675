// Plain JavaScript for whatever Node is there (20 or newer): brings the pinned Node and the packages, then hands over.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.berth-installed')
const WINDOWS = process.platform === 'win32'
const PROGRAM = WINDOWS ? 'node.exe' : 'node'

/** The Node that the npm package `node` brought. */
export const NODE = join(MODULES, 'node', 'bin', PROGRAM)

function wanted() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
}

function installed() {
  return existsSync(NODE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted()
}

/** Installs what package-lock.json says, unless that was done already. Exits with a sentence when it cannot. */
export function ensureInstalled() {
  if (installed()) return
  process.stderr.write('Installing dependencies (once) …\n')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] }
  const result = npm
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync(WINDOWS ? 'npm.cmd' : 'npm', args, { ...options, shell: WINDOWS })
  if (result.status !== 0 || !existsSync(NODE)) {
    process.stderr.write('npm ci failed: see above. A package registry must be reachable.\n')
    process.exit(1)
  }
  writeFileSync(STAMP, wanted())
}

/**
 * The command line and the Node to run it on. A clone has the sources, and what is missing is installed into it; the
 * package has their JavaScript, and npm has installed what it needs around it.
 */
export function requireProgram() {
  const source = join(ROOT, 'cli', 'main.ts')
  if (existsSync(source)) {
    ensureInstalled()
    return { node: NODE, main: source }
  }
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', PROGRAM)
  if (!existsSync(node)) {
    process.stderr.write(
      `berth: ${node} is missing: npm did not run the install script of the package 'node'. ` +
        'Allow it (npm install-scripts approve node), then run npm rebuild node.\n',
    )
    process.exit(1)
  }
  return { node, main: join(ROOT, 'dist', 'cli', 'main.js') }
}
