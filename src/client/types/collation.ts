/** How strings compare. Source: the manual's collation document. */
export interface CollationOptions {
  readonly locale: string
  readonly caseLevel?: boolean | undefined
  readonly caseFirst?: 'upper' | 'lower' | 'off' | undefined
  /** From 1 (base letters alone) to 5 (identical). */
  readonly strength?: 1 | 2 | 3 | 4 | 5 | undefined
  readonly numericOrdering?: boolean | undefined
  readonly alternate?: 'non-ignorable' | 'shifted' | undefined
  readonly maxVariable?: 'punct' | 'space' | undefined
  readonly backwards?: boolean | undefined
  readonly normalization?: boolean | undefined
}
