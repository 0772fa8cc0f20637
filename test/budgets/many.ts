/** A collection of this name has so many documents, and each first batch has all of them. */
export const manyName = 'many'
export const manyDocuments = 1_000
