/** Rows as statements past the ORM answer them. A statement whose rows have these types fails the type check when a column is renamed. */
import type { SelectType } from 'kysely'
import type { Tables } from './schema.ts'

/** Some columns of a table. */
export type TableRow<T extends keyof Tables, C extends keyof Tables[T]> = { [K in C]: SelectType<Tables[T][K]> }

/** The same, where the statement names them in camel case. */
export type CamelRow<T extends keyof Tables, C extends keyof Tables[T] & string> = { [K in C as Camel<K>]: SelectType<Tables[T][K]> }

type Camel<S extends string> = S extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : S
