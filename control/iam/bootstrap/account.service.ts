import { findDomainId } from '../identity/agency.store.ts'
import { insertDomain } from '../identity/domain.store.ts'
import { findDomain } from '../identity/identity.store.ts'
import { type AccountApplication, type Application, refuse, writeAt } from './application.ts'
import { deriveId } from './derive-id.ts'
import type { AccountEntry } from './document.ts'
import type { Place } from './parse.ts'

/** Finds or makes the account. Its name is its identity: an id never moves to another name. */
export async function applyAccount(
  application: Application,
  entry: AccountEntry,
  place: Place,
): Promise<AccountApplication> {
  const { trx, at, changes } = application
  const { name } = entry
  const known = await findDomainId(trx, name)
  if (known !== undefined && entry.id !== undefined && entry.id !== known) {
    refuse(application, [...place, 'id'], `the account ${name} has the id ${known}`)
  }
  const id = known ?? entry.id ?? deriveId('account', '', name)
  if (known === undefined) {
    const other = await findDomain(trx, id)
    if (other) refuse(application, [...place, 'id'], `the id ${id} is that of the account ${other.name}`)
    await writeAt(application, place, () => insertDomain(trx, { id, name }, at))
    changes.push(`created account ${name}`)
  }
  return { ...application, account: { id, name }, entry, place, claimed: new Map() }
}
