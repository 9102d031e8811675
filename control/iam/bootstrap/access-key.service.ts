import { timingSafeEqual } from 'node:crypto'
import { KEY_LIMIT } from '../identity/access-key.service.ts'
import { countAccessKeys, insertAccessKey, lockUser, replaceSecret } from '../identity/access-key.store.ts'
import { secretContext } from '../identity/account.service.ts'
import { findAccessKey } from '../identity/identity.store.ts'
import { endCredentials } from '../identity/user.store.ts'
import { type AccountApplication, refuse, requireWritten, writeAt } from './application.ts'
import type { AccessKeyEntry } from './document.ts'
import type { Place } from './parse.ts'

/** Keys made here have 40 characters. Half of that is the least that cannot be guessed. */
const SHORTEST_SECRET = 20

interface User {
  readonly id: string
  readonly name: string
}

/** Makes the keys that are named, or gives them the secret that is said. Other keys of the user stay as they are. */
export async function applyAccessKeys(
  application: AccountApplication,
  entries: readonly AccessKeyEntry[],
  place: Place,
  user: User,
): Promise<void> {
  for (const [index, entry] of entries.entries()) await applyAccessKey(application, entry, [...place, index], user)
}

async function applyAccessKey(
  application: AccountApplication,
  { access, secret: reference }: AccessKeyEntry,
  place: Place,
  user: User,
): Promise<void> {
  const { trx, secrets, file, changes, account } = application
  const secret = file.secretOf(reference, [...place, 'secret'])
  if (secret.length < SHORTEST_SECRET) {
    refuse(application, [...place, 'secret'], `a secret key has ${SHORTEST_SECRET} characters at least`)
  }
  const known = await findAccessKey(trx, access)
  if (known === undefined) return createKey(application, { access, secret }, place, user)
  if (known.identity.userId !== user.id)
    refuse(application, [...place, 'access'], `the key ${access} is somebody else's`)
  if (isSame(secrets.open(known.secretSealed, secretContext(access)), secret)) return
  changes.push(`changed access key ${access} of user ${account.name}/${user.name}: secret`)
  requireWritten(await replaceSecret(trx, access, secrets.seal(secret, secretContext(access))))
  // a secret that is replaced may have been known to others, and with it what was made from it
  await endCredentials(trx, user.id, application.at)
}

async function createKey(
  application: AccountApplication,
  { access, secret }: { readonly access: string; readonly secret: string },
  place: Place,
  user: User,
): Promise<void> {
  const { trx, at, account, secrets, changes } = application
  // keys of the user that are being made elsewhere are counted too
  requireWritten(await lockUser(trx, user.id))
  if ((await countAccessKeys(trx, user.id)) >= KEY_LIMIT) {
    refuse(application, place, `${user.name} has ${KEY_LIMIT} access keys already, the most there can be; delete one`)
  }
  const secret_sealed = secrets.seal(secret, secretContext(access))
  await writeAt(application, place, () =>
    insertAccessKey(trx, { access_key: access, user_id: user.id, secret_sealed, created_at: at }),
  )
  changes.push(`created access key ${access} of user ${account.name}/${user.name}`)
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
