#!/usr/bin/env node
import { driverVersion } from '../client/index.ts'
import { demo } from './demo/command.ts'
import { serve } from './serve.ts'
import { UsageError } from './usage.ts'

const usage = `cenote COMMAND [options]

  demo     watch connection pools at work: load, events, a step-down, a graceful end
  serve    start a MongoDB deployment in this process, for tests and demos

cenote COMMAND --help says more, cenote --version which one this is.
`

/** Status 0: done; 1: failed; 2: the command line makes no sense. */
async function main([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case 'demo':
      return await demo(args)
    case 'serve':
      return await serve(args)
    case undefined:
      throw new UsageError('a command is missing', usage)
    case '--help':
    case '-h':
      process.stdout.write(usage)
      return 0
    case '--version':
      process.stdout.write(`${driverVersion}\n`)
      return 0
    default:
      throw new UsageError(`there is no command "${command}"`, usage)
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(error instanceof UsageError ? `${message}\n\n${error.usage}` : `cenote: ${message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
