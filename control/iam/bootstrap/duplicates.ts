import type { AccountEntry } from './document.ts'
import type { NamedEntry } from './named.ts'
import { BootstrapError, type BootstrapFile, type Place } from './parse.ts'

interface Found {
  /** What must not be twice, the scope of its name included. */
  readonly key: string
  readonly what: string
  readonly place: Place
}

const NOUNS = ['projects', 'enterprise_projects', 'users', 'groups', 'agencies'] as const

/** Refuses a file that says two things of one: which of them counts nobody could tell. */
export function refuseDuplicates(file: BootstrapFile): void {
  const first = new Map<string, Place>()
  for (const { key, what, place } of file.accounts.flatMap((account, at) => findAll(account, ['accounts', at]))) {
    const earlier = first.get(key)
    if (earlier !== undefined) {
      throw new BootstrapError(`${file.placeOf(place)}: ${what} is there already, at ${earlier.join('.')}`)
    }
    first.set(key, place)
  }
}

function findAll(account: AccountEntry, place: Place): readonly Found[] {
  return [
    ...findNamed('account', '', account, place),
    ...NOUNS.flatMap((noun) =>
      (account[noun] ?? []).flatMap((entry: NamedEntry, at) =>
        findNamed(noun, account.name, entry, [...place, noun, at]),
      ),
    ),
    ...findNamed('users', account.name, account.owner, [...place, 'owner']),
    ...(account.policies ?? []).flatMap((policy, at) => {
      const isIdentity = 'Version' in policy.document && policy.document.Version === '5.0'
      return findNamed('policies', `${account.name} ${isIdentity}`, policy, [...place, 'policies', at])
    }),
    ...findKeys(account, place),
  ]
}

function findNamed(noun: string, scope: string, { name, id }: NamedEntry, place: Place): readonly Found[] {
  const byName = {
    key: JSON.stringify([noun, scope, 'name', name]),
    what: `the name ${name}`,
    place: [...place, 'name'],
  }
  if (id === undefined) return [byName]
  return [byName, { key: JSON.stringify([noun, 'id', id]), what: `the id ${id}`, place: [...place, 'id'] }]
}

function findKeys({ owner, users = [] }: AccountEntry, place: Place): readonly Found[] {
  const holders = [
    { keys: owner.access_keys, at: [...place, 'owner'] },
    ...users.map(({ access_keys }, at) => ({ keys: access_keys, at: [...place, 'users', at] })),
  ]
  return holders.flatMap(({ keys = [], at }) =>
    keys.map(({ access }, index) => ({
      key: JSON.stringify(['access key', access]),
      what: `the access key ${access}`,
      place: [...at, 'access_keys', index, 'access'],
    })),
  )
}
