import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

/** What the numbers depend on, as lines. */
export function machineLines(server: string): string[] {
  const [cpu] = cpus()
  const memoryGB = Math.round(totalmem() / 1e9)
  const [load = 0] = loadavg()
  return [
    `${new Date().toISOString().slice(0, 16)}Z, ${cpu?.model ?? 'unknown CPU'}, ${cpus().length} CPUs, ${memoryGB} GB, ${process.platform} ${release()}, load ${load.toFixed(2)} at the end`,
    `Node ${process.version}, cenote ${versionOf(new URL('../../package.json', import.meta.url))}, mongodb ${versionOf(new URL('../../node_modules/mongodb/package.json', import.meta.url))}, ${server} canned server`
  ]
}

function versionOf(file: URL): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
