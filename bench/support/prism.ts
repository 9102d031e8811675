import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Child, startChild } from './child.ts'

const VERSION = '5.16.0'
const FOLDER = join(tmpdir(), 'berth-bench-prism')
const PROGRAM = join(FOLDER, 'node_modules', '@stoplight', 'prism-cli', 'dist', 'index.js')
const INSTALL_MS = 300_000

/** The script of Prism's command line, brought at the first use: it is too heavy to be a dependency. */
async function findProgram(): Promise<string> {
  if (existsSync(PROGRAM)) return PROGRAM
  mkdirSync(FOLDER, { recursive: true })
  const args = ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error']
  await promisify(execFile)('npm', [...args, `@stoplight/prism-cli@${VERSION}`], { timeout: INSTALL_MS })
  return PROGRAM
}

export interface Missing {
  readonly missing: string
}

/** Prism's mock of an OpenAPI document, on its default settings, or why there is none. */
export async function startPrism(document: string, port: number): Promise<Child | Missing> {
  try {
    const program = await findProgram()
    return await startChild({
      name: 'Prism',
      args: [program, 'mock', document, '--port', String(port)],
      isReady: (line) => (line.includes('Prism is listening') ? { port } : undefined),
    })
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return { missing: sentence }
  }
}
