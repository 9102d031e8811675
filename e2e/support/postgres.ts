import { findPostgres, POSTGRES_HINT, startPostgres } from '../../tools/postgres.ts'
import { databaseOn, type StoryDatabase } from './database.ts'
import type { Stage } from './stage.ts'

/** Why there is no PostgreSQL server to play with; false when there is. */
export const noPostgresToStart: string | false = findPostgres() === undefined ? POSTGRES_HINT : false

export const noPostgres: string | false = process.env.BERTH_TEST_DATABASE_URL === undefined ? noPostgresToStart : false

/** A database of `BERTH_TEST_DATABASE_URL`, or of a server started for this story. */
export async function postgresDatabase(stage: Stage): Promise<StoryDatabase> {
  const known = process.env.BERTH_TEST_DATABASE_URL
  if (known !== undefined) return databaseOn(known, stage)
  const server = await startPostgres()
  stage.defer(() => server[Symbol.asyncDispose]())
  return databaseOn(server.url, stage)
}
