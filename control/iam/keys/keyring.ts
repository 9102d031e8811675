import { randomBytes } from 'node:crypto'
import type { Db } from '#db'
import type { Clock } from '#kernel'
import { createSealer, KEY_BYTES, masterSealer, type Sealer } from './seal.ts'
import {
  insertSealingKey,
  listSealingKeys,
  lockSealingKeys,
  type Purpose,
  type SealingKey,
  updateSealingKey,
} from './sealing-key.store.ts'

const SEALED = /^[0-9a-f]{8}\./

/** True for whatever a keyring may open, also with a key that is not known here (yet): what follows is read leniently. */
export function isSealedForm(text: string): boolean {
  return SEALED.test(text)
}

const PURPOSES: readonly Purpose[] = ['secrets', 'tokens']

/**
 * The keys that seal what is in the database and in tokens. They lie there themselves, sealed with the master key: to
 * change that one is to seal a few rows anew. A sealed text is `<key id>.<base64url>`; the newest key of a purpose
 * seals, the older ones open what they sealed, so that a new key logs nobody out.
 */
export interface Keyring {
  /** Secret keys of users and the key of the agent link. */
  readonly secrets: Sealer
  readonly tokens: Sealer
  /** False for a text of a key that another replica may have made since. */
  isKnown(sealed: string): boolean
  /** Takes up keys that were made since. */
  reload(): Promise<void>
}

export interface KeyringDeps {
  readonly db: Db
  readonly clock: Clock
}

/**
 * Opens the keys of this installation, making them at the first start. Several master keys are tried in turn: while
 * one replaces another, either may be the one that fits.
 */
export async function openKeyring({ db, clock }: KeyringDeps, masterKeys: readonly Buffer[]): Promise<Keyring> {
  const [first] = masterKeys
  if (first === undefined) throw new Error('there is no master key')
  await ensureKeys({ db, clock }, first)
  const rings = { secrets: new Map<string, Sealer>(), tokens: new Map<string, Sealer>() }
  const reload = async () => {
    for (const key of await listSealingKeys(db)) {
      const ring = rings[key.purpose]
      // a running replica keeps what it has opened: the master key may have changed since
      if (!ring.has(key.id)) ring.set(key.id, createSealer(openKey(masterKeys, key)))
    }
  }
  await reload()
  return {
    secrets: ringSealer(rings.secrets),
    tokens: ringSealer(rings.tokens),
    isKnown: (sealed) => Object.values(rings).some((ring) => ring.has(split(sealed).id)),
    reload,
  }
}

/** Keys in the order they were made: the last one seals. */
function ringSealer(ring: ReadonlyMap<string, Sealer>): Sealer {
  return {
    seal: (plain, context) => {
      const [id, sealer] = [...ring].at(-1) as [string, Sealer]
      return `${id}.${sealer.seal(plain, context)}`
    },
    open: (sealed, context) => {
      const { id, text } = split(sealed)
      const sealer = ring.get(id)
      if (!sealer) throw new Error('the text was sealed with a key that is not there')
      return sealer.open(text, context)
    },
  }
}

function split(sealed: string): { readonly id: string; readonly text: string } {
  const dot = sealed.indexOf('.')
  return { id: sealed.slice(0, Math.max(dot, 0)), text: sealed.slice(dot + 1) }
}

function contextOf({ id, purpose }: Pick<SealingKey, 'id' | 'purpose'>): string {
  return `iam.sealing_key ${purpose} ${id}`
}

function openKey(masterKeys: readonly Buffer[], key: SealingKey): Buffer {
  for (const masterKey of masterKeys) {
    try {
      return Buffer.from(keySealer(masterKey).open(key.keySealed, contextOf(key)), 'base64')
    } catch {
      // perhaps the next one
    }
  }
  throw new Error(`the master key does not open the keys of this database: it is not the one they were sealed with`)
}

function keySealer(masterKey: Buffer): Sealer {
  return masterSealer(masterKey, 'sealing keys')
}

/** One key a purpose at the first start, whoever of several replicas comes first. */
async function ensureKeys({ db, clock }: KeyringDeps, masterKey: Buffer): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockSealingKeys(trx)
    const known = new Set((await listSealingKeys(trx)).map(({ purpose }) => purpose))
    for (const purpose of PURPOSES) if (!known.has(purpose)) await makeKey(trx, masterKey, purpose, clock.now())
  })
}

async function makeKey(trx: Db, masterKey: Buffer, purpose: Purpose, at: Date): Promise<string> {
  const id = randomBytes(4).toString('hex')
  const keySealed = keySealer(masterKey).seal(randomBytes(KEY_BYTES).toString('base64'), contextOf({ id, purpose }))
  await insertSealingKey(trx, { id, purpose, keySealed }, at)
  return id
}

/** A new key for what is sealed from now on; returns its id. Nothing that was sealed before stops opening. */
export async function rotateSealingKey(
  { db, clock }: KeyringDeps,
  masterKeys: readonly Buffer[],
  purpose: Purpose,
): Promise<string> {
  return db.transaction().execute(async (trx) => {
    await lockSealingKeys(trx)
    const keys = await listSealingKeys(trx)
    const master = masterKeys.find((one) => keys.every((key) => opens(one, key)))
    if (!master) throw new Error('the master key does not open the keys of this database; nothing was changed')
    return makeKey(trx, master, purpose, clock.now())
  })
}

/** Seals every key with another master key, all of them or none; returns how many. May be repeated after a crash. */
export async function rotateMasterKey({ db }: Pick<KeyringDeps, 'db'>, from: Buffer, to: Buffer): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await lockSealingKeys(trx)
    const keys = await listSealingKeys(trx)
    for (const key of keys) {
      const plain = openKey([from, to], key).toString('base64')
      await updateSealingKey(trx, key.id, keySealer(to).seal(plain, contextOf(key)))
    }
    return keys.length
  })
}

function opens(masterKey: Buffer, key: SealingKey): boolean {
  try {
    openKey([masterKey], key)
    return true
  } catch {
    return false
  }
}
