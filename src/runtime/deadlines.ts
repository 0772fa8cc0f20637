/**
 * Deadlines on one timer: a linked list for each distinct duration, linked through the entry itself, so that joining and
 * leaving cost no allocation. Entries of one duration expire in the order in which they came.
 */
export interface DeadlineEntry {
  /** Monotonic milliseconds; set by `Deadlines.add`. */
  deadlineMS: number
  deadlinePrevious: DeadlineEntry | undefined
  deadlineNext: DeadlineEntry | undefined
  /** The list that holds the entry, or undefined. Owned by `Deadlines`. */
  deadlineList: unknown
  /** Called in a timer's turn, after the entry has left its list. */
  expired(nowMS: number): void
}
