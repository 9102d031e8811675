import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')

/** What `npm pack` takes along; Git ignores it. */
const OUTPUT = join(ROOT, 'dist')

const PROGRAMS = ['contract', 'control', 'agent', 'compute', 'cli']

/** As the linter of import directions knows it: no program imports any of it. */
const TEST_CODE = /(\.test|\/harness|\/test-[a-z-]+)\.ts$|^control\/testing\//

/** A relative import as the formatter writes every one of them. */
const IMPORT = /(\bfrom |\bimport |\bimport\()'(\.{1,2}\/[^'\n]+)\.ts'/g

/**
 * Makes `dist/`: the programs as JavaScript, because Node strips no types below `node_modules`. Lines and columns stay
 * what they are in the source. Everything that is not TypeScript is copied.
 */
export function makePackage(output = OUTPUT): void {
  rmSync(output, { recursive: true, force: true })
  const files = globSync(
    PROGRAMS.map((program) => `${program}/**/*.*`),
    { cwd: ROOT },
  )
  for (const file of files.filter((path) => !TEST_CODE.test(path))) {
    const target = join(output, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    if (file.endsWith('.ts')) writeFileSync(target, javascriptOf(readFileSync(join(ROOT, file), 'utf8')))
    else cpSync(join(ROOT, file), target)
  }
  writeFileSync(join(output, 'package.json'), `${JSON.stringify(scope(), null, 2)}\n`)
}

function javascriptOf(source: string): string {
  return stripTypeScriptTypes(source).replace(IMPORT, "$1'$2.js'")
}

/** What `#name` means in `dist/`: the nearest package.json decides. */
function scope(): object {
  const { imports }: { imports: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const doors = Object.entries(imports).filter(([, path]) => !TEST_CODE.test(path.slice(2)))
  return {
    type: 'module',
    imports: Object.fromEntries(doors.map(([name, path]) => [name, path.replace(/\.ts$/, '.js')])),
  }
}

if (import.meta.main) makePackage()
