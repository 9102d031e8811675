import type { ColumnType } from 'kysely'

/** JSON columns are written as text and read as values, so that both drivers behave alike. */
export type Json<T> = ColumnType<T, string, string>

/** The same, with a default in the database. */
export type DefaultJson<T> = ColumnType<T, string | undefined, string>

export type Timestamp = ColumnType<Date, Date, Date>

export interface Tag {
  readonly key: string
  readonly value?: string
}
