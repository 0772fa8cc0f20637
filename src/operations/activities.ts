/** Something in progress. The fields whose names begin with `activity` are the list's: being in it allocates nothing. */
export interface Activity {
  activityPrevious: Activity | undefined
  activityNext: Activity | undefined
  /** The list it stands in, or undefined. */
  activityList: Activities | undefined
}

/**
 * What a client has in progress: operations, and what takes several, such as a `toArray`. A graceful shutdown refuses new
 * ones and waits for these.
 */
export class Activities {
  #newest: Activity | undefined = undefined
  #closing = false
  #onQuiet: (() => void) | undefined

  get isEmpty(): boolean {
    return this.#newest === undefined
  }

  /** Whether new ones are refused. */
  get closing(): boolean {
    return this.#closing
  }

  has(activity: Activity): boolean {
    return activity.activityList === this
  }

  /** One that is in the list already stays there. */
  enter(activity: Activity): void {
    if (activity.activityList !== undefined) return
    const newest = this.#newest
    activity.activityList = this
    activity.activityPrevious = newest
    if (newest !== undefined) newest.activityNext = activity
    this.#newest = activity
  }

  leave(activity: Activity): void {
    if (activity.activityList !== this) return
    const { activityPrevious: previous, activityNext: next } = activity
    if (next === undefined) this.#newest = previous
    else next.activityPrevious = previous
    if (previous !== undefined) previous.activityNext = next
    activity.activityPrevious = undefined
    activity.activityNext = undefined
    activity.activityList = undefined
    if (this.#newest === undefined) this.#tellQuiet()
  }

  /** From now on new ones are refused; `onQuiet` is called once none is left, perhaps at once. */
  close(onQuiet: () => void): void {
    this.#closing = true
    this.#onQuiet = onQuiet
    if (this.isEmpty) this.#tellQuiet()
  }

  /** A copy, in the order in which they began: for those that rest between two attempts, and so hang on nothing that ends with the client. */
  all(): Activity[] {
    const all: Activity[] = []
    for (let activity = this.#newest; activity !== undefined; activity = activity.activityPrevious) all.push(activity)
    return all.reverse()
  }

  #tellQuiet(): void {
    const onQuiet = this.#onQuiet
    this.#onQuiet = undefined
    onQuiet?.()
  }
}
