import { spawnSync } from 'node:child_process'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { takeNames } from './test-recorder.ts'

const ROOT = join(import.meta.dirname, '..')
const RECORDER = pathToFileURL(join(import.meta.dirname, 'test-recorder.ts')).href

/**
 * Names of the tests that each file registers, each after its suites (`suite > test`), as a run would make them: the files are loaded in a process of
 * their own, bodies of suites run, those of tests do not. A test inside a test (`chapter`) is not among them: only a
 * run registers it.
 */
export function listRegisteredTests(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, ...files], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`the test files cannot be loaded: ${stderr}`)
  return new Map(Object.entries(JSON.parse(stdout)))
}

if (import.meta.main) {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'node:test' ? { url: RECORDER, shortCircuit: true } : next(specifier, context),
  })
  const found: Record<string, readonly string[]> = {}
  for (const file of process.argv.slice(2)) {
    await import(pathToFileURL(join(ROOT, file)).href)
    found[file] = await takeNames()
  }
  // whatever a file opened while it was loaded is not waited for
  process.stdout.write(JSON.stringify(found), () => process.exit(0))
}
