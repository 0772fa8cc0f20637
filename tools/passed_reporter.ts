/** A reporter for `node --test`: the full names of the tests that passed, as one JSON list. */
interface TestEvent {
  readonly type: string
  readonly data: {
    readonly name: string
    readonly nesting: number
    readonly skip?: string | boolean
    readonly todo?: string | boolean
    readonly details?: { readonly type?: string }
  }
}

/** Between the names of nested suites and tests. */
export const nameSeparator = ' › '

/** A suite's or test's name stands before those of the tests inside it: the runner tells starts in that order. */
export async function* passedTests(
  events: AsyncIterable<TestEvent> | Iterable<TestEvent>
): AsyncGenerator<string, void> {
  const path: string[] = []
  const passed: string[] = []
  for await (const { type, data } of events) {
    if (type === 'test:start') path.splice(data.nesting, Infinity, data.name)
    if (type === 'test:pass' && shows(data))
      passed.push([...path.slice(0, data.nesting), data.name].join(nameSeparator))
  }
  yield JSON.stringify(passed)
}

/** What was skipped or is still to do is told as passed too, and a suite passes with nothing in it. */
function shows({ skip = false, todo = false, details }: TestEvent['data']): boolean {
  return skip === false && todo === false && details?.type !== 'suite'
}

/** The runner takes a reporter as its module's default, and nothing else. */
export { passedTests as default }
