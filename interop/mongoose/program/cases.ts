import type mongoose from 'mongoose'

/** Cases of the program by name: what each returns, or throws, is its result. */
export type Cases = Readonly<Record<string, (connection: mongoose.Connection, uri: string) => unknown>>
