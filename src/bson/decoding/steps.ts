/**
 * Documents at the same place begin alike, and most are alike to their end. A step is a beginning that was met: the
 * heads of a document's first elements. Where the next head is the one that is foreseen, going on costs a comparison of
 * words; and where a document ends at a step, its keys are known before its object is made.
 */
import { type SiteAllowance, stepElementsMax } from './allowance.ts'
import { type Head, neverStands } from './heads.ts'
import type { Place } from './place.ts'
import { Shape } from './shape.ts'

export class Step {
  /** Of the last element. */
  readonly head: Head
  /** The place of the documents in the last element's value, once there is one. */
  inner: Place | undefined
  /** The step that was taken from here last, and its head, which the input is compared with. */
  next: Step = this
  nextHead: Head = neverStands
  readonly #before: Step | undefined
  readonly #elements: number
  readonly #after = new Map<Head, Step>()
  #shape: Shape | undefined

  constructor(before: Step | undefined, head: Head) {
    this.#before = before
    this.#elements = before === undefined ? 0 : before.#elements + 1
    this.head = head
  }

  /** The step with one more element; undefined where none is kept. */
  to(head: Head, allowance: SiteAllowance): Step | undefined {
    const step = this.#after.get(head) ?? this.#add(head, allowance)
    if (step === undefined) return undefined
    this.next = step
    this.nextHead = head
    return step
  }

  /** Of the documents that end here. */
  get shape(): Shape {
    this.#shape ??= new Shape(this.#keys())
    return this.#shape
  }

  #add(head: Head, allowance: SiteAllowance): Step | undefined {
    if (!head.isKept || head.special || this.#elements === stepElementsMax || !allowance.takeStep()) return undefined
    const step = new Step(this, head)
    this.#after.set(head, step)
    return step
  }

  #keys(): string[] {
    if (this.#before === undefined) return []
    const keys = this.#before.#keys()
    keys.push(this.head.key)
    return keys
  }
}
