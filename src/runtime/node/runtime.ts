import { existsSync } from 'node:fs'
import { release } from 'node:os'
import type { Chance, Clock, HostFacts, Runtime } from '../runtime.ts'
import { nodeCompression } from './compression.ts'
import { nodeCryptography } from './cryptography.ts'
import { nodeDNS } from './dns.ts'
import { nodeNetwork } from './network.ts'
import { nodeOpenTelemetry } from './open_telemetry.ts'
import { callersContext, detached } from './outside.ts'
import { readable } from './readable.ts'
import { print } from './standard_streams.ts'
import { nodeTimers } from './timers.ts'
import { nodeTLS } from './tls.ts'

const clock: Clock = { nowMS: () => performance.now(), epochMS: () => Date.now() }

const chance: Chance = {
  fraction: () => Math.random(),
  fill: bytes => {
    // Of the BSON library too; `node:crypto` would be loaded for it alone.
    crypto.getRandomValues(bytes)
  }
}

let shared: Runtime | undefined

/** Node's own clock, timers, chance and sockets. It has no state of its own, so one serves all clients. */
export function nodeRuntime(): Runtime {
  shared ??= {
    clock,
    timers: nodeTimers(clock),
    chance,
    network: nodeNetwork,
    dns: nodeDNS,
    cryptography: nodeCryptography,
    compression: nodeCompression,
    host: hostFacts(),
    tls: nodeTLS,
    openTelemetry: nodeOpenTelemetry,
    readable,
    warn: (message, code) => process.emitWarning(message, 'CenoteWarning', code),
    print,
    detached,
    callersContext,
    trace: () => undefined
  }
  return shared
}

function hostFacts(): HostFacts {
  return {
    platform: process.platform,
    arch: process.arch,
    release: release(),
    runtimeName: `Node.js ${process.version}`,
    env: process.env,
    inContainer: existsSync('/.dockerenv')
  }
}
