/** The command line makes no sense; the usage says what would. */
export class UsageError extends Error {
  readonly usage: string

  constructor(message: string, usage: string) {
    super(message)
    this.usage = usage
  }
}

/** @throws {UsageError} for anything but a whole number in the range. */
export function wholeNumber(option: string, text: string, least: number, most: number, usage: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number
  throw new UsageError(`${option} is a whole number from ${least} to ${most}, not "${text}"`, usage)
}

/** What `parse` returns. @throws {UsageError} with the words of whatever it throws. */
export function orUsageError<Parsed>(parse: () => Parsed, usage: string): Parsed {
  try {
    return parse()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), usage)
  }
}
