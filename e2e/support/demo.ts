import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tagOf } from '../../compute/netns-plan.ts'
import type { World } from '../../control/index.ts'
import { storyDatabase } from './database.ts'
import type { Program } from './program.ts'
import type { Stage } from './stage.ts'

/** `npm start` over one data directory, as often as a story wants. */
export interface Demo {
  readonly data: string
  start(...options: readonly string[]): Program
  /** Starts it and waits for its end; fails unless it ends well. */
  once(...options: readonly string[]): Promise<Program>
  dev(): DevFile
  world(): World
}

export type DevFile = Readonly<Record<string, unknown>> & { readonly endpoint: string }

export async function openDemo(stage: Stage): Promise<Demo> {
  const data = join(stage.folder, 'data')
  const { environment } = await storyDatabase(stage)
  const read = (name: string) => JSON.parse(readFileSync(join(data, name), 'utf8'))
  const start = (...options: readonly string[]) => startDemo(stage, data, options, environment)
  return {
    data,
    start,
    once: async (...options) => {
      const program = start('--once', ...options)
      const { code, signal } = await program.ended
      if (code === 0) return program
      throw new Error(`npm start -- --once ${options.join(' ')} ended with ${signal ?? code}`)
    },
    dev: () => read('dev.json'),
    world: () => read('world.json'),
  }
}

function startDemo(
  stage: Stage,
  data: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): Program {
  const args = ['start', '--data', data, '--port', '0', ...options]
  const program = stage.start({ name: 'npm start', path: 'tools/start.mjs', args, environment, ownGroup: true })
  stage.defer(() => signalGroup(program, 'SIGKILL'))
  return program
}

/** What a terminal does at Ctrl-C, with any signal. */
export function signalGroup({ pid }: Program, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody of the group runs any more
  }
}

/** One row of the table that proves the main job. */
export interface ProofRow {
  readonly server: string
  readonly user: string
  readonly given: string
  readonly tcp: string
  readonly udp: string
  readonly verdict: string
}

/** The table as a reader sees it: columns are two blanks or more apart. */
export function proofRows({ output }: Program): readonly ProofRow[] {
  const rule = output.findIndex((line) => /^-+( +-+)+$/.test(line))
  if (rule < 0) return []
  const end = output.indexOf('', rule)
  return output.slice(rule + 1, end).map((line) => {
    const [server = '', user = '', given = '', tcp = '', udp = '', verdict = ''] = line.split(/ {2,}/)
    return { server, user, given, tcp, udp, verdict }
  })
}

/** One line of progress: the mark, the server, the step. */
export function progressLines({ output }: Program): readonly string[] {
  return output.flatMap((line) => {
    const [, mark, server, step] = /^ {2}(\S) (APS-\S+) +(\w+) +\d+\.\d s/.exec(line) ?? []
    return mark === undefined ? [] : [`${mark} ${server} ${step}`]
  })
}

/** Namespaces of a data directory. */
export function namespacesOf(data: string): readonly string[] {
  try {
    return readdirSync('/run/netns').filter((name) => name.startsWith(`berth-${tagOf(join(data, 'compute'))}-`))
  } catch {
    return []
  }
}

/** The link between this namespace and a data directory's network: its index, which is never given twice. */
export function rootLinkOf(data: string): string {
  const { rootInterface } = JSON.parse(readFileSync(join(data, 'compute', 'network.json'), 'utf8'))
  return readFileSync(`/sys/class/net/${rootInterface}/ifindex`, 'utf8').trim()
}

export function linkIndexes(): readonly string[] {
  return readdirSync('/sys/class/net').flatMap((name) => {
    try {
      return [readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8').trim()]
    } catch {
      return []
    }
  })
}
