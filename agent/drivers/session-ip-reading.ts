import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isWithin, parseNetwork } from '../plan/cidr.ts'
import type { Family, Guard, KernelState, NicAddress, Owner, TableRoute, UidRange } from '../plan/kernel-state.ts'
import { isOurTable } from '../plan/kernel-state.ts'
import { CATCH_ALL_PRIORITY, GUARD_RULES, labelOf, PROTOCOL, SESSION_PRIORITY } from './session-ip-commands.ts'

/** What the system printed, as text. */
export type Reading = {
  readonly rules4: string
  readonly rules6: string
  readonly routes: string
  readonly addresses: string
  /** Undefined when there is no guard table. */
  readonly guard: string | undefined
}

const Rule = Type.Object({
  priority: Type.Integer(),
  uid_start: Type.Optional(Type.Integer()),
  uid_end: Type.Optional(Type.Integer()),
  table: Type.Optional(Type.String()),
  action: Type.Optional(Type.String()),
  protocol: Type.Optional(Type.String()),
})
type Rule = Static<typeof Rule>
const Rules = Compile(Type.Array(Rule))

const Routes = Compile(
  Type.Array(
    Type.Object({
      type: Type.Optional(Type.String()),
      dst: Type.String(),
      table: Type.Optional(Type.String()),
      dev: Type.Optional(Type.String()),
      prefsrc: Type.Optional(Type.String()),
      gateway: Type.Optional(Type.String()),
    }),
  ),
)

const Nics = Compile(
  Type.Array(
    Type.Object({
      ifname: Type.Optional(Type.String()),
      addr_info: Type.Optional(
        Type.Array(
          Type.Object({
            local: Type.Optional(Type.String()),
            prefixlen: Type.Optional(Type.Integer()),
            label: Type.Optional(Type.String()),
          }),
        ),
      ),
    }),
  ),
)

const Elements = Type.Optional(Type.Array(Type.Unknown()))
const Nft = Compile(
  Type.Object({
    nftables: Type.Array(
      Type.Object({
        rule: Type.Optional(Type.Object({})),
        set: Type.Optional(Type.Object({ name: Type.String(), elem: Elements })),
      }),
    ),
  }),
)
const Range = Compile(Type.Object({ range: Type.Tuple([Type.Integer(), Type.Integer()]) }))
const Pair = Compile(Type.Object({ concat: Type.Tuple([Type.Integer(), Type.String()]) }))

/** What of it is ours. `isGuardTrusted` says that this process loaded the table's rules itself. */
export function parseReading(reading: Reading, isGuardTrusted: boolean): KernelState {
  const rules4 = read(Rules, 'ip rule', reading.rules4).filter(isOurs)
  const rules6 = read(Rules, 'ip -6 rule', reading.rules6).filter(isOurs)
  const guard = reading.guard === undefined ? undefined : parseGuard(reading.guard, isGuardTrusted)
  return {
    catchAlls: [...catchAllsOf(4, rules4), ...catchAllsOf(6, rules6)],
    uidRules: rules4
      .filter((rule) => rule.priority === SESSION_PRIORITY && rule.table !== undefined)
      .map((rule) => ({ uid: rule.uid_start ?? 0, table: Number(rule.table) })),
    routes: parseRoutes(reading.routes),
    addresses: parseAddresses(reading.addresses, new Set(guard?.block ?? [])),
    guard,
  }
}

/** The interface that carries an address of the network itself, as opposed to one we put there. */
export function findNic(addresses: string, cidr: string): string | undefined {
  const network = parseNetwork(cidr)
  if (network === undefined) return undefined
  const isHost = (each: { local?: string; prefixlen?: number; label?: string }, nic: string) =>
    each.local !== undefined && each.label !== labelOf(nic) && isWithin(network, each.local)
  const nics = read(Nics, 'ip addr', addresses)
  return nics.find(({ ifname, addr_info }) => addr_info?.some((each) => isHost(each, ifname ?? '')))?.ifname
}

function isOurs(rule: Rule): boolean {
  return rule.protocol === PROTOCOL && rule.uid_start !== undefined && rule.uid_end !== undefined
}

function catchAllsOf(family: Family, rules: readonly Rule[]): { family: Family; uids: UidRange }[] {
  const found = rules.filter((rule) => rule.priority === CATCH_ALL_PRIORITY && rule.action === 'unreachable')
  return found.map((rule) => ({ family, uids: { first: rule.uid_start ?? 0, last: rule.uid_end ?? 0 } }))
}

function parseRoutes(text: string): TableRoute[] {
  const routes = read(Routes, 'ip route', text).filter((route) => isOurTable(Number(route.table)))
  return routes.map(({ type, dst, table, dev, prefsrc, gateway }) => ({
    table: Number(table),
    kind: type === 'unreachable' ? 'unreachable' : gateway === undefined ? 'on-link' : 'gateway',
    to: dst,
    nic: dev,
    source: prefsrc,
    gateway,
  }))
}

/** Known by their label, or, where the interface name leaves no room for one, by standing in the guard table. */
function parseAddresses(text: string, guarded: ReadonlySet<string>): NicAddress[] {
  const found: NicAddress[] = []
  for (const { ifname, addr_info } of read(Nics, 'ip addr', text)) {
    if (ifname === undefined) continue
    for (const { local, prefixlen, label } of addr_info ?? []) {
      if (local === undefined || prefixlen !== 32) continue
      const expected = labelOf(ifname)
      const isOwn = expected === undefined ? guarded.has(local) : label === expected
      if (isOwn) found.push({ address: local, nic: ifname })
    }
  }
  return found
}

function parseGuard(text: string, isTrusted: boolean): Guard {
  const { nftables } = read(Nft, 'nft', text)
  const elements = (name: string) => nftables.find((each) => each.set?.name === name)?.set?.elem ?? []
  const ranges = elements('managed').filter((each) => Range.Check(each))
  const pairs = elements('pair4').filter((each) => Pair.Check(each))
  const managed = ranges.map(({ range }): UidRange => ({ first: range[0], last: range[1] }))
  const rules = nftables.filter((each) => each.rule !== undefined).length
  return {
    current: isTrusted && rules === GUARD_RULES && managed.length === 1,
    managed: managed[0],
    pairs: pairs.map(({ concat }): Owner => ({ uid: concat[0], address: concat[1] })),
    block: elements('vip4').filter((each) => typeof each === 'string'),
  }
}

function read<T>(schema: { Check(value: unknown): value is T }, what: string, text: string): T {
  // Older iproute2 prints nothing at all for an empty list.
  const value: unknown = JSON.parse(text.trim() === '' ? '[]' : text)
  if (!schema.Check(value)) throw new Error(`${what} printed JSON of an unknown shape`)
  return value
}
