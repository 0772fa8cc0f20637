/** Checks that the compiler makes: a file that uses them holds when it compiles. Nothing here runs. */

/** Whether two types are the same, not only assignable to each other. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Two types that must be the same: `same<A, B>(true)`. */
export function same<A, B>(_equal: Equal<A, B>): void {}

/** Values that T must accept; above one that it must refuse stands `@ts-expect-error`. */
export function accepts<T>(..._values: T[]): void {}
