import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { onPglite } from './on-pglite.ts'
import { type Program, type ProgramSpec, startProgram } from './program.ts'

/** Where a story is played: a folder of its own, the programs it starts, and what is to be cleared away at the end. */
export interface Stage {
  readonly folder: string
  start(spec: Partial<ProgramSpec> & Pick<ProgramSpec, 'path'>): Program
  /** Called at the end, the last first. */
  defer(clearAway: () => unknown): void
}

export interface StoryOptions {
  /** Why it cannot be played here and what to install; false when it can. */
  readonly skip?: string | false
  /** It says nothing about the database: played on PGlite alone. */
  readonly onPgliteOnly?: true
}

const TAIL_LINES = 30

/** A test with real processes. Whatever happens, nothing of it is left; if it fails, the ends of all logs are printed. */
export function story(
  name: string,
  { skip = false, onPgliteOnly }: StoryOptions,
  play: (stage: Stage, t: TestContext) => Promise<void>,
): void {
  if (onPgliteOnly && !onPglite) return
  test(name, { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-e2e-'))
    const programs: Program[] = []
    const deferred: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
    const start: Stage['start'] = ({ path, name = path, args = [], environment = {}, ownGroup = false }) => {
      const program = startProgram({ name, path, args, environment, ownGroup })
      programs.push(program)
      deferred.push(() => program.end('SIGTERM'))
      return program
    }
    try {
      await play({ folder, start, defer: (clearAway) => void deferred.push(clearAway) }, t)
    } catch (error) {
      for (const program of programs) process.stderr.write(renderTail(program))
      throw error
    } finally {
      await clearAll(deferred.reverse())
    }
  })
}

/** One part of a story as a test of its own; what fails ends the story, because the next part stands on this one. */
export async function chapter(t: TestContext, name: string, play: () => Promise<void>): Promise<void> {
  let failure: unknown
  await t.test(name, async () => {
    try {
      await play()
    } catch (error) {
      failure = error
      throw error
    }
  })
  if (failure !== undefined) throw new Error(`the story ends at "${name}"`, { cause: failure })
}

async function clearAll(deferred: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const clearAway of deferred) {
    try {
      await clearAway()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'something of the story could not be cleared away')
}

function renderTail({ name, pid, output, log }: Program): string {
  const lines = [...output.slice(-TAIL_LINES), ...log.slice(-TAIL_LINES)]
  return `\n── the end of what ${name} (${pid}) said\n${lines.join('\n')}\n`
}
