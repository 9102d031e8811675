import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemClock } from '#kernel'
import { testDatabase } from '#testing'
import { openKeyring, rotateMasterKey, rotateSealingKey } from './keyring.ts'
import { openMasterKeys } from './master-key.ts'
import { replaceMasterKey, rotateTokenKey } from './rotate.service.ts'

async function openPlace() {
  const database = await testDatabase()
  return {
    deps: { db: database.db, clock: systemClock },
    masterKey: randomBytes(32),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

describe('the keys of an installation', () => {
  it('are made once, however many replicas start together', async () => {
    await using place = await openPlace()
    const { deps, masterKey } = place
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeyring(deps, [masterKey])))
    assert.equal((await deps.db.selectFrom('iam.sealing_key').selectAll().execute()).length, 2)
    const sealed = rings[0]?.secrets.seal('secret', 'context') ?? ''
    for (const ring of rings) assert.equal(ring.secrets.open(sealed, 'context'), 'secret')
  })

  it('open nothing of another purpose, of another context, or of another key', async () => {
    await using place = await openPlace()
    const ring = await openKeyring(place.deps, [place.masterKey])
    const sealed = ring.secrets.seal('secret', 'context')
    assert.throws(() => ring.tokens.open(sealed, 'context'))
    assert.throws(() => ring.secrets.open(sealed, 'other'))
    assert.throws(() => ring.secrets.open(`00000000.${sealed.split('.')[1]}`, 'context'), /not there/)
    assert.throws(() => ring.secrets.open('', 'context'), /not there/)
    assert.deepEqual([ring.isKnown(sealed), ring.isKnown('00000000.x'), ring.isKnown('x')], [true, false, false])
  })

  it('do not open with another master key, and say so', async () => {
    await using place = await openPlace()
    await openKeyring(place.deps, [place.masterKey])
    await assert.rejects(openKeyring(place.deps, [randomBytes(32)]), /the master key does not open/)
  })

  it('lie sealed in the database', async () => {
    await using place = await openPlace()
    const ring = await openKeyring(place.deps, [place.masterKey])
    const before = await place.deps.db.selectFrom('iam.sealing_key').selectAll().execute()
    assert.equal(new Set(before.map(({ key_sealed }) => key_sealed)).size, 2)
    assert.ok(ring.isKnown(ring.tokens.seal('x', 'y')))
  })
})

describe('a new key of tokens', () => {
  it('seals from then on, and what the old one sealed still opens', async () => {
    await using place = await openPlace()
    const { deps, masterKey } = place
    const ring = await openKeyring(deps, [masterKey])
    const old = ring.tokens.seal('claims', 'iam.token')
    const id = await rotateSealingKey(deps, [masterKey], 'tokens')
    await ring.reload()
    const fresh = ring.tokens.seal('claims', 'iam.token')
    assert.ok(fresh.startsWith(`${id}.`) && !old.startsWith(`${id}.`))
    for (const sealed of [old, fresh]) assert.equal(ring.tokens.open(sealed, 'iam.token'), 'claims')
  })

  it('is unknown to a replica until it has read the keys again', async () => {
    await using place = await openPlace()
    const { deps, masterKey } = place
    const [one, other] = [await openKeyring(deps, [masterKey]), await openKeyring(deps, [masterKey])]
    await rotateSealingKey(deps, [masterKey], 'tokens')
    await one.reload()
    const sealed = one.tokens.seal('claims', 'iam.token')
    assert.equal(other.isKnown(sealed), false)
    await other.reload()
    assert.equal(other.tokens.open(sealed, 'iam.token'), 'claims')
  })

  it('is not made with a master key that does not fit', async () => {
    await using place = await openPlace()
    await openKeyring(place.deps, [place.masterKey])
    const wrong = { kind: 'text', base64: randomBytes(32).toString('base64') } as const
    await assert.rejects(rotateTokenKey(place.deps, wrong), /nothing was changed/)
    assert.equal((await place.deps.db.selectFrom('iam.sealing_key').selectAll().execute()).length, 2)
  })
})

describe('a new master key', () => {
  it('opens what the old one opened, and the old one opens nothing any more', async () => {
    await using place = await openPlace()
    const { deps, masterKey } = place
    const sealed = (await openKeyring(deps, [masterKey])).secrets.seal('secret', 'context')
    const next = randomBytes(32)
    assert.equal(await rotateMasterKey(deps, masterKey, next), 2)
    assert.equal((await openKeyring(deps, [next])).secrets.open(sealed, 'context'), 'secret')
    await assert.rejects(openKeyring(deps, [masterKey]), /does not open/)
    assert.equal(await rotateMasterKey(deps, masterKey, next), 2, 'and it may be repeated')
  })

  it('leaves a replica that runs able to read keys again', async () => {
    await using place = await openPlace()
    const { deps, masterKey } = place
    const running = await openKeyring(deps, [masterKey])
    await rotateMasterKey(deps, masterKey, randomBytes(32))
    await running.reload()
    assert.equal(running.tokens.open(running.tokens.seal('x', 'y'), 'y'), 'x')
  })

  it('in a file takes the place of the old one, and a crash at any step leaves one that opens', async () => {
    await using place = await openPlace()
    using folder = temporaryFolder()
    const source = { kind: 'file', path: join(folder.path, 'master.key') } as const
    const sealed = (await openKeyring(place.deps, openMasterKeys(source))).secrets.seal('secret', 'context')
    const old = readFileSync(source.path, 'utf8')

    // died after the database changed and before the file did: two candidates lie there
    const [current] = openMasterKeys(source)
    await rotateMasterKey(place.deps, current as Buffer, newKeyBeside(source.path))
    const ring = await openKeyring(place.deps, openMasterKeys(source))
    assert.equal(ring.secrets.open(sealed, 'context'), 'secret')

    assert.equal(await replaceMasterKey(place.deps, source, undefined), 2)
    assert.notEqual(readFileSync(source.path, 'utf8'), old)
    assert.equal(existsSync(`${source.path}.next`), false)
    const after = await openKeyring(place.deps, openMasterKeys(source))
    assert.equal(after.secrets.open(sealed, 'context'), 'secret')
  })

  it('from the environment must be given, and be another', async () => {
    await using place = await openPlace()
    const base64 = place.masterKey.toString('base64')
    await openKeyring(place.deps, [place.masterKey])
    const source = { kind: 'text', base64 } as const
    await assert.rejects(replaceMasterKey(place.deps, source, undefined), /BERTH_NEW_MASTER_KEY/)
    await assert.rejects(replaceMasterKey(place.deps, source, base64), /is the old master key/)
    await assert.rejects(replaceMasterKey(place.deps, source, 'c2hvcnQ='), /BERTH_NEW_MASTER_KEY must hold 32 bytes/)
    const next = randomBytes(32)
    assert.equal(await replaceMasterKey(place.deps, source, next.toString('base64')), 2)
    await openKeyring(place.deps, [next])
  })
})

function newKeyBeside(path: string): Buffer {
  openMasterKeys({ kind: 'file', path: `${path}.next` })
  return openMasterKeys({ kind: 'file', path: `${path}.next` })[0] as Buffer
}

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'berth-keys-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
