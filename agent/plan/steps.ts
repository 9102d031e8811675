import type { Family, KernelState, Owner, SessionIpPlan, UidRange } from './kernel-state.ts'
import { tableOf } from './kernel-state.ts'

/** One thing to do to the network stack. Executing a list of them from any point on, after planning anew, is safe. */
export type Step =
  | { readonly do: 'add-catch-all' | 'delete-catch-all'; readonly family: Family; readonly uids: UidRange }
  | {
      readonly do: 'load-guard'
      readonly managed: UidRange
      readonly pairs: readonly Owner[]
      readonly block: readonly string[]
    }
  | { readonly do: 'add-guard-pair' | 'delete-guard-pair'; readonly pair: Owner }
  | { readonly do: 'add-guard-address' | 'delete-guard-address'; readonly address: string }
  | { readonly do: 'delete-guard' }
  | { readonly do: 'add-rule' | 'delete-rule'; readonly uid: number; readonly table: number }
  | { readonly do: 'kill-sockets'; readonly address: string }
  | { readonly do: 'flush-table'; readonly table: number }
  | { readonly do: 'add-address' | 'delete-address'; readonly address: string; readonly nic: string }
  | {
      readonly do: 'fill-table'
      readonly table: number
      readonly nic: string
      readonly source: string
      readonly cidr: string
      readonly gateway: string
    }
  | { readonly do: 'announce'; readonly address: string; readonly nic: string; readonly gateway: string }

const FAMILIES: readonly Family[] = [4, 6]

/**
 * From what is there to what shall be. The order is the point of it: the catch-all stands before anything else, a
 * user loses the rule before the address, and an address leaves the host only when no socket uses it any more; so
 * that after a crash between any two steps a user has the right address or none.
 */
export function planSteps(plan: SessionIpPlan, kernel: KernelState, nic: string): Step[] {
  const wanted = new Map(plan.owners.map((owner) => [owner.uid, owner.address]))
  const stale = staleParts(plan, kernel, nic, wanted)
  return [
    ...addCatchAlls(plan, kernel),
    ...stale.rules.map((rule): Step => ({ do: 'delete-rule', ...rule })),
    ...planGuard(plan, kernel),
    ...stale.addresses.map(({ address }): Step => ({ do: 'kill-sockets', address })),
    ...stale.tables.map((table): Step => ({ do: 'flush-table', table })),
    ...stale.addresses.map((each): Step => ({ do: 'delete-address', ...each })),
    ...planOpenings(plan, kernel, nic, stale),
    ...deleteCatchAlls(kernel, plan.managed),
  ]
}

/** Removes everything of ours, users first, the catch-all last. */
export function planCleanUp(kernel: KernelState): Step[] {
  const tables = [...new Set(kernel.routes.map((route) => route.table))]
  return [
    ...kernel.uidRules.map((rule): Step => ({ do: 'delete-rule', ...rule })),
    ...(kernel.guard?.pairs ?? []).map((pair): Step => ({ do: 'delete-guard-pair', pair })),
    ...kernel.addresses.map(({ address }): Step => ({ do: 'kill-sockets', address })),
    ...tables.map((table): Step => ({ do: 'flush-table', table })),
    ...kernel.addresses.map((each): Step => ({ do: 'delete-address', ...each })),
    ...(kernel.guard === undefined ? [] : [{ do: 'delete-guard' } as const]),
    ...deleteCatchAlls(kernel, undefined),
  ]
}

type StaleParts = {
  readonly rules: KernelState['uidRules']
  readonly tables: readonly number[]
  readonly addresses: KernelState['addresses']
}

function staleParts(plan: SessionIpPlan, kernel: KernelState, nic: string, wanted: Map<number, string>): StaleParts {
  const sourceOf = (table: number) => kernel.routes.find((route) => route.table === table && route.source)?.source
  const uidOf = new Map(plan.owners.map((owner) => [tableOf(owner.uid), owner.uid]))
  const isForeignTable = (table: number) => {
    const uid = uidOf.get(table)
    if (uid === undefined) return true
    const source = sourceOf(table)
    return source !== undefined && source !== wanted.get(uid)
  }
  const tables = [...new Set(kernel.routes.map((route) => route.table))].filter(isForeignTable)
  const rules = kernel.uidRules.filter(
    (rule) => !wanted.has(rule.uid) || rule.table !== tableOf(rule.uid) || tables.includes(rule.table),
  )
  const addresses = kernel.addresses.filter((each) => each.nic !== nic || !isRightlyThere(plan, kernel, each.address))
  return { rules, tables, addresses }
}

/** An address whose last user is unknown or another is taken off first, so that no socket of theirs can live on. */
function isRightlyThere(plan: SessionIpPlan, kernel: KernelState, address: string): boolean {
  const users = new Set<number>()
  for (const pair of kernel.guard?.pairs ?? []) if (pair.address === address) users.add(tableOf(pair.uid))
  for (const route of kernel.routes) if (route.source === address) users.add(route.table)
  const owner = plan.owners.find((each) => each.address === address)
  if (owner === undefined) return plan.bare.includes(address) && users.size === 0
  return users.size === 1 && users.has(tableOf(owner.uid))
}

function planGuard(plan: SessionIpPlan, kernel: KernelState): Step[] {
  const { guard } = kernel
  const isUsable = guard?.current === true && sameRange(guard.managed, plan.managed)
  if (guard === undefined || !isUsable) {
    return [{ do: 'load-guard', managed: plan.managed, pairs: plan.owners, block: plan.block }]
  }
  const there = new Set(guard.pairs.map(pairKey))
  const wanted = new Set(plan.owners.map(pairKey))
  const block = new Set(plan.block)
  const guarded = new Set(guard.block)
  return [
    ...guard.pairs
      .filter((pair) => !wanted.has(pairKey(pair)))
      .map((pair): Step => ({ do: 'delete-guard-pair', pair })),
    ...plan.block.filter((each) => !guarded.has(each)).map((address): Step => ({ do: 'add-guard-address', address })),
    ...guard.block.filter((each) => !block.has(each)).map((address): Step => ({ do: 'delete-guard-address', address })),
    ...plan.owners.filter((pair) => !there.has(pairKey(pair))).map((pair): Step => ({ do: 'add-guard-pair', pair })),
  ]
}

function planOpenings(plan: SessionIpPlan, kernel: KernelState, nic: string, stale: StaleParts): Step[] {
  const staying = new Set(
    kernel.addresses.filter((each) => !stale.addresses.includes(each)).map((each) => each.address),
  )
  const routed = new Set(kernel.uidRules.filter((rule) => !stale.rules.includes(rule)).map((rule) => rule.uid))
  const { cidr, gateway } = plan
  const steps: Step[] = []
  const fresh: string[] = []
  for (const address of [...plan.bare, ...plan.owners.map((owner) => owner.address)]) {
    if (staying.has(address)) continue
    steps.push({ do: 'add-address', address, nic })
    fresh.push(address)
  }
  for (const { uid, address } of plan.owners) {
    const table = tableOf(uid)
    // Taking an address off the NIC takes its routes along.
    const isKept = staying.has(address) && !stale.tables.includes(table)
    if (!isKept || !isComplete(plan, kernel, nic, uid, address)) {
      steps.push({ do: 'fill-table', table, nic, source: address, cidr, gateway })
    }
    if (!routed.has(uid)) steps.push({ do: 'add-rule', uid, table })
  }
  return [...steps, ...fresh.map((address): Step => ({ do: 'announce', address, nic, gateway }))]
}

function isComplete(plan: SessionIpPlan, kernel: KernelState, nic: string, uid: number, address: string): boolean {
  const routes = kernel.routes.filter((route) => route.table === tableOf(uid))
  const ours = routes.filter((route) => route.nic === nic && route.source === address)
  return (
    routes.some((route) => route.kind === 'unreachable') &&
    ours.some((route) => route.kind === 'on-link' && route.to === plan.cidr) &&
    ours.some((route) => route.kind === 'gateway' && route.gateway === plan.gateway)
  )
}

function addCatchAlls(plan: SessionIpPlan, kernel: KernelState): Step[] {
  const isThere = (family: Family) =>
    kernel.catchAlls.some((each) => each.family === family && sameRange(each.uids, plan.managed))
  const missing = FAMILIES.filter((family) => !isThere(family))
  return missing.map((family) => ({ do: 'add-catch-all', family, uids: plan.managed }))
}

/** The kernel keeps equal rules apart, so an old range is deleted, never overwritten. */
function deleteCatchAlls(kernel: KernelState, kept: UidRange | undefined): Step[] {
  const old = kernel.catchAlls.filter((each) => !sameRange(each.uids, kept))
  return old.map((each) => ({ do: 'delete-catch-all', ...each }))
}

function sameRange(a: UidRange | undefined, b: UidRange | undefined): boolean {
  return a?.first === b?.first && a?.last === b?.last
}

function pairKey(pair: Owner): string {
  return `${pair.uid} ${pair.address}`
}
