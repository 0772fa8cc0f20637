import { valueOf } from './extended_json.ts'
import type { Fields } from './format.ts'

/** The format's options are the driver's, but for how a read preference is written. */
export function optionsOf(options: Fields | undefined): Fields {
  const { readPreference, defaultTransactionOptions, ...others } = valueOf(options ?? {}) as Fields
  return {
    ...others,
    ...(readPreference === undefined ? {} : { readPreference: readPreferenceOf(readPreference as Fields) }),
    ...(defaultTransactionOptions === undefined
      ? {}
      : { defaultTransactionOptions: optionsOf(defaultTransactionOptions as Fields) })
  }
}

export function readPreferenceOf({ mode, tagSets: tags, ...rest }: Fields): Fields {
  const given = { mode: `${String(mode).charAt(0).toLowerCase()}${String(mode).slice(1)}`, tags, ...rest }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
