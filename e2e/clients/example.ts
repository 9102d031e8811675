import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command, LANGUAGES } from './languages.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

type Name = keyof typeof LANGUAGES

const FILES: Readonly<Record<Name, readonly [fence: string, file: string]>> = {
  node: ['js', 'example.mjs'],
  python: ['python', 'example.py'],
  go: ['go', 'main.go'],
  java: ['java', 'Example.java'],
}

/** Writes the example of the guide into a folder of its own; returns how to run it beside the client that was built. */
export function guideExample(name: Name, built: Command): Command & { readonly folder: string } {
  const [fence, file] = FILES[name]
  const page = readFileSync(join(ROOT, 'docs', 'guides', 'sdks.md'), 'utf8')
  const [, code] = new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\``, 'ms').exec(page) ?? []
  if (code === undefined) throw new Error(`docs/guides/sdks.md has no example in ${fence}`)
  // within the clone, where Node finds the packages
  const folder = join(ROOT, '.berth', 'clients', `example-${name}`)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, file)
  writeFileSync(path, code)
  if (name !== 'go') return { folder, file: built.file, args: argsOf(name, built, path) }
  for (const module of ['go.mod', 'go.sum']) {
    copyFileSync(join(ROOT, 'e2e', 'clients', 'go', module), join(folder, module))
  }
  return { folder, file: 'go', args: ['run', '-buildvcs=false', '.'] }
}

function argsOf(name: Exclude<Name, 'go'>, { args }: Command, path: string): readonly string[] {
  return name === 'java' ? [...args.slice(0, 2), path] : [path]
}
