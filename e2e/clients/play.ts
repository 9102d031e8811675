import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Command } from './languages.ts'

/**
 * An operation by the name that the contract and all SDKs give it, and its parameters by their names on the wire; its
 * body under `body`.
 */
export interface Step {
  readonly do: string
  readonly with: Readonly<Record<string, unknown>>
}

/** What the SDK made of the answer: its own object written out again, or its own error. */
export type Said =
  | { readonly ok: true; readonly status: number; readonly result: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false
      readonly status: number
      readonly code: string
      readonly message: string
      readonly requestId: string
    }

/** Who plays, and against what. */
export interface Player {
  readonly endpoint: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
  /** Absent: the SDK asks IAM for the project of the region. */
  readonly projectId?: string
  /** Present: the SDK signs with a key derived for this service. */
  readonly derivedService?: string
}

const PLAY_MS = 60_000

/** Has a client play the steps, one after the other; fails with what it complained when it does not play all of them. */
export async function play(command: Command, player: Player, steps: readonly Step[]): Promise<readonly Said[]> {
  const child = spawn(command.file, [...command.args], {
    stdio: 'pipe',
    env: { ...process.env, ...environmentOf(player) },
    timeout: PLAY_MS,
    killSignal: 'SIGKILL',
  })
  const failed = new Promise<never>((_, fail) => child.once('error', fail))
  const closed = new Promise<string>((done) => child.once('close', (code, signal) => done(String(signal ?? code))))
  const output = Promise.all([text(child.stdout), text(child.stderr), closed])
  child.stdin.on('error', () => {})
  child.stdin.end(steps.map((step) => `${JSON.stringify(step)}\n`).join(''))
  const [out, complaints, ending] = await Promise.race([output, failed])
  const said: readonly Said[] = out
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  if (said.length === steps.length && ending === '0') return said
  throw new Error(
    `${command.file} played ${said.length} of ${steps.length} steps and ended with ${ending}\n${complaints}`,
  )
}

export function environmentOf(player: Player): Readonly<Record<string, string>> {
  return {
    BERTH_ENDPOINT: player.endpoint,
    BERTH_REGION: player.region,
    BERTH_ACCESS_KEY: player.accessKey,
    BERTH_SECRET_KEY: player.secretKey,
    BERTH_PROJECT_ID: player.projectId ?? '',
    BERTH_DERIVED_SERVICE: player.derivedService ?? '',
  }
}
