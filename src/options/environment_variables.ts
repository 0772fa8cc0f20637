/** Settings that the environment of the process holds. A variable that cannot be used counts as not set, with a warning. */
export class EnvironmentVariables {
  /** What could not be used. */
  readonly warnings: string[] = []
  readonly #values: Readonly<Record<string, string | undefined>>

  constructor(values: Readonly<Record<string, string | undefined>>) {
    this.#values = values
  }

  /** `parse`: undefined for what cannot be used. `expected`: what has to stand there, for the warning. */
  read<Value>(name: string, parse: (text: string) => Value | undefined, expected: string): Value | undefined {
    const text = this.#values[name]
    if (text === undefined || text === '') return undefined
    const value = parse(text)
    if (value === undefined)
      this.warnings.push(
        `The environment variable ${name} is ${JSON.stringify(text)}, and must be ${expected}: ignored`
      )
    return value
  }
}

/** A whole number from 0 on, or undefined. */
export function wholeNumberIn(text: string): number | undefined {
  const number = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined
}
