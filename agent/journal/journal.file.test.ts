import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { LogFields } from '../log.ts'
import { fileJournal } from './journal.file.ts'
import type { Identity } from './journal.ts'

const IDENTITY: Identity = {
  server_id: 's',
  host: 'h',
  port: 1,
  ca_pem: 'ca',
  private_key_pem: 'very secret',
  enrolled: true,
}

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), 'berth-agent-'))
  const complaints: { level: string; fields: LogFields | undefined }[] = []
  const journal = await fileJournal(join(path, 'state'), (level, _message, fields) =>
    complaints.push({ level, fields }),
  )
  return { state: join(path, 'state'), journal, complaints, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('keeps what it is given, for its owner only, and leaves no drafts', async () => {
  await using place = await temporary()
  assert.equal(await place.journal.loadIdentity(), undefined)
  await place.journal.saveIdentity(IDENTITY)
  const at = '2026-01-01T00:00:00.000Z'
  const anna = { session_id: 'a', user_name: 'anna', uid: 20001, virtual_ip: '10.1.0.20', started_at: at, ending: true }
  const release = { address: '10.1.0.21', user_name: 'bert', released_at: at }
  const sessions = { boot_id: 'b', ledger: { assignments: [anna], releases: [release] } }
  await place.journal.saveSessions(sessions)
  assert.deepEqual(await place.journal.loadIdentity(), IDENTITY)
  assert.deepEqual(await place.journal.loadSessions(), sessions)
  await place.journal.saveMaintenance({ maintain_status: true })
  await place.journal.saveUpgrade({ id: 'u1' })
  assert.deepEqual(await place.journal.loadMaintenance(), { maintain_status: true })
  assert.deepEqual(await place.journal.loadUpgrade(), { id: 'u1' })
  const files = ['identity.json', 'maintenance.json', 'sessions.json', 'upgrade.json']
  assert.deepEqual((await readdir(place.state)).toSorted(), files)
  assert.equal((await stat(join(place.state, 'identity.json'))).mode & 0o777, 0o600)
  assert.equal((await stat(place.state)).mode & 0o777, 0o700)
})

test('a damaged file counts as absent, is set aside and reported without its content', async () => {
  for (const text of ['', '{"server_id":"s","private_key_pem":"very sec', '{"server_id":7}', 'null', '\0\0\0']) {
    await using place = await temporary()
    await writeFile(join(place.state, 'identity.json'), text)
    assert.equal(await place.journal.loadIdentity(), undefined)
    assert.equal(await readFile(join(place.state, 'identity.json.damaged'), 'utf8'), text)
    assert.equal(place.complaints[0]?.level, 'error')
    assert.doesNotMatch(JSON.stringify(place.complaints), /very/)
    assert.equal(await place.journal.loadIdentity(), undefined)
    assert.equal(place.complaints.length, 1)
  }
})

test('a draft left by a crash does not disturb', async () => {
  await using place = await temporary()
  await place.journal.saveIdentity(IDENTITY)
  await writeFile(join(place.state, 'identity.json.new'), '{"half')
  assert.deepEqual(await place.journal.loadIdentity(), IDENTITY)
  await place.journal.saveIdentity({ ...IDENTITY, port: 2 })
  assert.equal((await place.journal.loadIdentity())?.port, 2)
})
