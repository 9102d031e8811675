import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Clock, systemClock } from '#kernel'
import { type TestDatabase, testDatabase } from '#testing'
import { ensureSystemPolicies } from '../grants/system-policy.service.ts'
import { type Keyring, openKeyring } from '../keys/keyring.ts'
import { applyBootstrap } from './apply.service.ts'
import { readBootstrap } from './read-file.ts'
import type { Environment } from './secret.ts'

/** Secrets that the files of the tests refer to. */
export const SECRETS = {
  ROOT: 'Root-passw0rd',
  ANNA: 'Anna-passw0rd',
  BO: 'Bo-passw0rd',
  KEY: 'a-secret-key-of-forty-characters-1234567',
}

/** An installation without a control plane, which bootstrap files can be applied to. */
export interface TestBootstrap extends AsyncDisposable {
  readonly database: TestDatabase
  readonly keyring: Keyring
  /** Applies a text as if it were in the file `iam.yaml`. */
  apply(text: string, options?: Partial<Applying>): Promise<readonly string[]>
}

export interface Applying {
  readonly dryRun: boolean
  readonly environment: Environment
}

export async function testBootstrap(clock: Clock = systemClock): Promise<TestBootstrap> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await testDatabase())
  const { db } = database
  const keyring = await openKeyring({ db, clock }, [randomBytes(32)])
  await ensureSystemPolicies(db, clock)
  const apply: TestBootstrap['apply'] = async (text, { dryRun = false, environment = SECRETS } = {}) => {
    const file = readText(text, environment)
    return applyBootstrap({ db, clock, keyring, region: 'local-1' }, file, { dryRun })
  }
  const open = stack.move()
  return { database, keyring, apply, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

/** Reads a text as a file, and says of mistakes that they are in `iam.yaml`. */
export function readText(text: string, environment: Environment = SECRETS) {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bootstrap-'))
  try {
    const path = join(folder, 'iam.yaml')
    writeFileSync(path, text)
    const { placeOf, ...file } = readBootstrap(path, environment)
    return { ...file, placeOf: (place: Parameters<typeof placeOf>[0]) => placeOf(place).replace(`${folder}/`, '') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Every row of every table of IAM, with the transaction that wrote it and where it lies. */
export async function readRows({ db }: Pick<TestDatabase, 'db'>): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'iam' ORDER BY 1`.execute(db)
  const texts: string[] = []
  for (const { name } of tables) {
    const table = sql.table(`iam.${name}`)
    const { rows } = await sql<{ row: string }>`
      SELECT concat_ws(' ', t.xmin, t.ctid, t::text) AS row FROM ${table} AS t ORDER BY 1`.execute(db)
    texts.push(...rows.map(({ row }) => `${name} ${row}`))
  }
  return texts
}

/** Everything that a file can say, once. */
export const EVERYTHING = `accounts:
  - name: acme
    owner: { name: root, password: { env: ROOT } }
    projects:
      - { name: local-1_test, description: for trying }
      - name: local-1
    enterprise_projects:
      - { name: factory, description: halls 1 to 4 }
      - { name: closed, enabled: false }
    policies:
      - name: update-session-ips
        description: the main job
        document:
          Version: "5.0"
          Statement:
            - Effect: Allow
              Action: [workspace:server:batchUpdateTsvi, vpc:subnets:get, vpc:ports:update]
      - name: List servers
        document:
          Version: "1.1"
          Statement: [{ Effect: Allow, Action: [workspace:server:list] }]
      - name: Manage users
        document:
          Version: "1.1"
          Statement: [{ Effect: Allow, Action: ["iam:users:*"] }]
    users:
      - name: ops-anna
        description: on call
        password: { env: ANNA }
        access_keys: [{ access: ANNAKEY0123456789AB, secret: { env: KEY } }]
        policies: [update-session-ips]
        grants: [{ policy: List servers, enterprise_project: factory }]
      - { name: viewer-bo, enabled: false, password: { env: BO } }
    groups:
      - name: operators
        description: who may
        users: [ops-anna, root]
        policies: [update-session-ips]
        grants:
          - { policy: Workspace FullAccess, project: local-1 }
          - { policy: Tenant Guest, all_projects: true }
          - { policy: Manage users, global: true }
          - { policy: List servers, enterprise_project: default }
    agencies:
      - name: support
        description: for the partner
        trust_account: partner
        max_session_seconds: 1800
        policies: [update-session-ips]
        grants: [{ policy: Tenant Guest, project: local-1_test }]
  - name: partner
    owner: { name: root }
`
