import type { Bench } from './bench.ts'
import { CaseContext } from './case_context.ts'
import { CaseError } from './case_error.ts'
import { requireEvents } from './expected_events.ts'
import { requireLogMessages } from './expected_log_messages.ts'
import { requireSpans } from './expected_spans.ts'
import type { Test, TestFile } from './format.ts'
import { unbuiltEntities } from './needs.ts'
import { perform } from './perform.ts'

/** How much virtual time a case may take: more than any limit that a case sets itself. */
const caseVirtualMSMax = 300_000

/** Runs one case. @throws what fails it. */
export async function runCase(file: TestFile, test: Test, bench: Bench): Promise<void> {
  const { runtime } = bench
  await runtime.run(() => {
    const tooLong = runtime.sleep(caseVirtualMSMax).then(() => {
      throw new CaseError(`the case did not end within ${caseVirtualMSMax} ms of virtual time`)
    })
    return Promise.race([wholeCase(file, test, bench), tooLong])
  })
}

async function wholeCase(file: TestFile, test: Test, bench: Bench): Promise<void> {
  const context = new CaseContext(bench, unbuiltEntities(file.createEntities ?? []))
  const { entities } = context
  try {
    for (const data of file.initialData ?? []) await bench.prepare(data)
    for (const definition of file.createEntities ?? []) await context.create(definition)
    for (const step of test.operations) await perform(step, context)
    for (const thread of entities.threads()) await thread.finished()
    for (const expected of test.expectEvents ?? []) await entities.client(expected.client).arrivalOf(expected)
    for (const expected of test.expectLogMessages ?? []) await entities.client(expected.client).arrivalOfLog(expected)
    for (const client of entities.clients()) client.stopRecording()
    for (const expected of test.expectEvents ?? [])
      requireEvents(expected, entities.client(expected.client).events, entities)
    for (const expected of test.expectLogMessages ?? [])
      requireLogMessages(expected, entities.client(expected.client).records, entities)
    for (const expected of test.expectTracingMessages ?? [])
      requireSpans(expected, entities.client(expected.client).tracer.roots, entities)
    bench.clearFailPoints()
    for (const data of test.outcome ?? []) await bench.requireData(data, entities)
  } finally {
    await context.close()
  }
}
