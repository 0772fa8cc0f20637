import type { CursorTimeoutMode as Mode } from '../operations/index.ts'

/** What `timeoutMS` limits: all of a cursor's life, or each call that reads from it. */
export const CursorTimeoutMode: { readonly LIFETIME: 'cursorLifetime'; readonly ITERATION: 'iteration' } =
  Object.freeze({
    LIFETIME: 'cursorLifetime',
    ITERATION: 'iteration'
  })

export type CursorTimeoutMode = Mode
