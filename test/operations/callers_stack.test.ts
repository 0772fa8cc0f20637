import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoNetworkError } from '../../src/errors/index.ts'
import { rejectedForCaller } from '../../src/operations/callers_stack.ts'

async function firstCaller(error: unknown): Promise<void> {
  await rejectedForCaller(error)
}

async function secondCaller(error: unknown): Promise<void> {
  await rejectedForCaller(error)
}

/** What the call rejects with. */
async function thrownBy(call: Promise<void>): Promise<unknown> {
  return call.then(
    () => assert.fail('it was to reject'),
    (reason: unknown) => reason
  )
}

function madeHere(): Error {
  return new RangeError('enough')
}

test("an error of the driver's own has the stack of its caller", async () => {
  const error = (() => new MongoNetworkError('it broke'))()
  assert.equal(await thrownBy(firstCaller(error)), error)
  assert.match(error.stack ?? '', /^MongoNetworkError: it broke\n {4}at .*\n {4}at async firstCaller/s)
})

test("a caller's own reason is the same object, and says where it was made and who waited for it", async () => {
  const error = madeHere()
  assert.equal(await thrownBy(firstCaller(error)), error)
  assert.match(
    error.stack ?? '',
    /^RangeError: enough\n {4}at madeHere.*\n {2}while an operation was awaited\n.*firstCaller/s
  )
})

for (const [what, make] of [
  ["a caller's reason", madeHere],
  ["an error of the driver's", () => new MongoNetworkError('it broke')]
] as const)
  test(`${what} that reaches two callers names both`, async () => {
    const error = make()
    await thrownBy(firstCaller(error))
    await thrownBy(secondCaller(error))
    assert.match(error.stack ?? '', /at async firstCaller.*while an operation was awaited\n.*at async secondCaller/s)
  })

test('a reason that ends thousands of operations names eight of them', async () => {
  const error = madeHere()
  await Promise.all(Array.from({ length: 2_000 }, () => thrownBy(firstCaller(error))))
  assert.equal(error.stack?.split('while an operation was awaited').length, 9)
})

test('what cannot be changed is thrown as it is', async () => {
  const frozen = Object.freeze(madeHere())
  assert.equal(await thrownBy(firstCaller(frozen)), frozen)
  const fixed = Object.defineProperty(madeHere(), 'stack', { value: 'mine', writable: false, configurable: false })
  assert.equal(await thrownBy(firstCaller(fixed)), fixed)
  assert.equal(fixed.stack, 'mine')
  assert.equal(await thrownBy(firstCaller('a text')), 'a text')
})
