export const database = 'bench'

/** What a collection's name makes the canned server answer. */
export const collections = {
  /** One document of 267 bytes. */
  small: 'small',
  /** The tweet of the drivers' benchmark specification. */
  tweet: 'tweet',
  /** 10,000 of them, in 10 batches. */
  tweets: 'tweets',
  /** 1,000 documents of 267 bytes in one batch. */
  thousand: 'thousand',
  /** 100,000 documents in 100 batches. */
  hundredThousand: 'hundredThousand',
  /** Ten documents of 2.8 MB are inserted. */
  large: 'large',
  /** Nothing, ever. */
  never: 'never',
  /** As `small`, but only after a while. */
  late: 'late'
} as const

export const lateMS = 3_000
export const batches = 100
export const tweetBatches = 10
export const tweetsInBatch = 1_000
