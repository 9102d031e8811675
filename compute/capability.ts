import { exec } from '../agent/index.ts'
import { tagOf } from './netns-plan.ts'

/** Why hosts cannot be network namespaces here, in one line with what to do; null when they can. */
export async function whyNoNamespaces(stateDir: string): Promise<string | null> {
  if (process.platform !== 'linux') return `network namespaces need Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'network namespaces need root; run as root to have them'
  for (const [tool, flag, debianPackage] of [
    ['ip', '-V', 'iproute2'],
    ['nft', '-v', 'nftables'],
  ] as const) {
    if (!(await runs(tool, [flag]))) return `the program ${tool} is missing; install ${debianPackage}`
  }
  const trial = `berth-${tagOf(stateDir)}-try`
  if (!(await runs('ip', ['netns', 'add', trial]))) return 'the kernel refuses to make a network namespace here'
  const complete = await runs('ip', ['netns', 'exec', trial, 'nft', 'add', 'table', 'inet', 'berth_try'])
  await runs('ip', ['netns', 'del', trial])
  return complete ? null : 'the kernel refuses nftables in a network namespace here'
}

async function runs(file: string, args: readonly string[]): Promise<boolean> {
  try {
    await exec(file, args)
    return true
  } catch {
    return false
  }
}
