/** Where a cursor's documents come from. As text it is `database.collection`, or the database alone. */
export class MongoDBNamespace {
  readonly db: string
  readonly collection: string | undefined

  constructor(db: string, collection?: string) {
    this.db = db
    this.collection = collection
  }

  toString(): string {
    return this.collection === undefined ? this.db : `${this.db}.${this.collection}`
  }
}
