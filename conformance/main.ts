/** `npm run conformance`: the specification's own cases, run by the real parts of the driver. */
import { conformance } from './program.ts'
import { suites } from './suites.ts'

process.exitCode = await conformance(process.argv.slice(2), suites, {
  specifications: process.env['CENOTE_SPECIFICATIONS'],
  print: text => console.log(text),
  complain: text => console.error(text),
  progress: process.stderr.isTTY
    ? (done, all) => process.stderr.write(done === all ? '\r\x1b[K' : `\r${done} of ${all} files`)
    : undefined
})
