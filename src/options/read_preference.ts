export type ReadPreferenceMode = 'primary' | 'primaryPreferred' | 'secondary' | 'secondaryPreferred' | 'nearest'

/** One set of tags a server must have; the empty set fits every server. */
export type TagSet = Readonly<Record<string, string>>

/** Which members of a replica set may serve a read. Source: the server selection specification. */
export interface ReadPreference {
  readonly mode: ReadPreferenceMode
  /** Tried in order; the first that fits a server decides. Empty: no filter. */
  readonly tags: readonly TagSet[]
  /** Seconds; -1: no limit. Checked when a server is selected. */
  readonly maxStalenessSeconds: number
}
