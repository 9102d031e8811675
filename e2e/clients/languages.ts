import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildOnce, runTool, type Workshop } from './build.ts'

/** How to start a client that was built. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/** An official SDK, unmodified, in a small program that plays steps with it. */
export interface Language {
  /** Why it cannot be built here and what to install; false when it can. */
  whyNotHere(): string | false
  /** Fetches the SDK and builds the program, or finds that done. */
  prepare(): Promise<Command>
}

/** What must answer before a client can be built, and what to install when it does not. */
type Need = readonly [file: string, args: readonly string[], install: string]

function whyNot(needs: readonly Need[]): string | false {
  const missing = needs.filter(([file, args]) => spawnSync(file, [...args], { stdio: 'ignore' }).status !== 0)
  if (missing.length === 0) return false
  return `install ${missing.map(([, , install]) => install).join(' and ')}`
}

const PYTHON: Language = {
  whyNotHere: () => whyNot([['python3', ['-c', 'import ensurepip, venv'], 'python3 and python3-venv']]),
  prepare: async () => {
    const { sources, output } = await buildOnce('python', async ({ sources, output }) => {
      await runTool('python3', ['-m', 'venv', output])
      const requirements = join(sources, 'requirements.txt')
      await runTool(join(output, 'bin', 'pip'), ['install', '--quiet', '--no-deps', '--requirement', requirements])
    })
    return { file: join(output, 'bin', 'python'), args: [join(sources, 'client.py')] }
  },
}

const GO: Language = {
  whyNotHere: () => whyNot([['go', ['version'], 'golang-go']]),
  prepare: async () => {
    const { output } = await buildOnce('go', async ({ sources, output }) => {
      const environment = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }
      const args = ['build', '-buildvcs=false', '-o', join(output, 'client'), '.']
      await runTool('go', args, { cwd: sources, environment })
    })
    return { file: join(output, 'client'), args: [] }
  },
}

const JAVA: Language = {
  whyNotHere: () =>
    whyNot([
      ['javac', ['-version'], 'default-jdk'],
      ['mvn', ['-version'], 'maven'],
    ]),
  prepare: async () => {
    const { output } = await buildOnce('java', compileJava)
    return {
      file: 'java',
      args: ['-cp', `${join(output, 'classes')}:${join(output, 'packages', '*')}`, 'berth.Client'],
    }
  },
}

/** What an earlier build fetched is enough; only without it is the registry asked. */
async function compileJava({ sources, output }: Workshop): Promise<void> {
  const args = ['--batch-mode', '--quiet', '--file', join(sources, 'pom.xml'), `-Dberth.build=${output}`, 'compile']
  try {
    await runTool('mvn', ['--offline', ...args])
  } catch {
    await runTool('mvn', args)
  }
}

const NODE: Language = {
  whyNotHere: () => false,
  prepare: async () => ({ file: process.execPath, args: [join(import.meta.dirname, 'node', 'client.ts')] }),
}

export const LANGUAGES = { node: NODE, python: PYTHON, go: GO, java: JAVA } as const satisfies Readonly<
  Record<string, Language>
>
