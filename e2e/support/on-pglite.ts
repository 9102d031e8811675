/** False where the suite runs again on PostgreSQL: what has nothing to do with the database is not told twice. */
export const onPglite = process.env.BERTH_TEST_DATABASE_URL === undefined
