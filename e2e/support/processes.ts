import { readdirSync, readFileSync } from 'node:fs'

/** Why processes cannot be counted here; false when they can. */
export const noProcessTable: string | false =
  process.platform === 'linux'
    ? false
    : `processes are counted in /proc, which is of Linux; this is ${process.platform}`

/** One process and no other, also when its number is given again. */
interface Sample {
  readonly pid: number
  readonly parent: number
  readonly startedAt: string
}

export interface ProcessTree {
  readonly size: number
  /** Numbers of those that still run. */
  left(): readonly number[]
}

/** A process and all that descend from it, as of now. */
export function processTree(root: number): ProcessTree {
  const everybody = sampleAll()
  const members = everybody.filter(({ pid }) => pid === root)
  for (const { pid } of members) members.push(...everybody.filter(({ parent }) => parent === pid))
  return {
    size: members.length,
    left: () => {
      const now = new Set(sampleAll().map(identity))
      return members.filter((member) => now.has(identity(member))).map(({ pid }) => pid)
    },
  }
}

function identity({ pid, startedAt }: Sample): string {
  return `${pid} ${startedAt}`
}

function sampleAll(): readonly Sample[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => sample(Number(name)))
}

/** `pid (name) state ppid …`, the start is the 22nd; who ended meanwhile, or waits to be collected, runs no more. */
function sample(pid: number): readonly Sample[] {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return []
  }
  const [state = '', parent = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' ? [] : [{ pid, parent: Number(parent), startedAt: rest[17] ?? '' }]
}
