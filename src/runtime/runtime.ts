import type { Compression } from './compression.ts'
import type { DNS } from './dns.ts'
import type { Readable, ReadableOptions } from './node/readable.ts'
import type { OpenTelemetry } from './open_telemetry.ts'
import type { ClientTLS, ServerTLS, TLS } from './tls.ts'

/**
 * The only door to the outside. Two implementations: Node's (`node/`) and the virtual one (`virtual/`), on which driver
 * and embedded deployment run deterministically. Nothing else in `src/` touches time, chance, sockets or the process.
 */
export interface Runtime {
  readonly clock: Clock
  readonly timers: Timers
  readonly chance: Chance
  readonly network: Network
  readonly dns: DNS
  readonly cryptography: Cryptography
  readonly compression: Compression
  readonly host: HostFacts
  /** Undefined: this Runtime has none, and who is asked for TLS must refuse. */
  readonly tls: TLS | undefined
  /** OpenTelemetry's API, for spans. @throws {OpenTelemetryMissingError} when this process cannot load it. */
  openTelemetry(): OpenTelemetry
  /** A stream as Node.js has it. It runs its callbacks by itself, without timers. */
  readable(options: ReadableOptions): Readable
  /** A process warning: a listener that threw, an unknown option in a URI. Never throws. */
  warn(message: string, code: string): void
  /**
   * Writes to a standard stream of the process. Undefined: it is written; else it resolves when it is, and never rejects: what
   * cannot be written is lost in silence. Never throws.
   */
  print(stream: StandardStream, text: string): Promise<void> | undefined
  /** Runs `work` outside any caller's `AsyncLocalStorage` context, and returns when it has run. */
  detached(work: () => void): void
  /** The `AsyncLocalStorage` context of whoever calls, to run something in it later. */
  callersContext(): CallersContext
  /** What a simulation hashes: the driver names each event it tells and each operation that ends. Nothing under Node. */
  trace(kind: string, detail: string): void
}

export type { Readable, ReadableOptions }

export type StandardStream = 'stdout' | 'stderr'

export interface CallersContext {
  /** Returns when `work` has run. */
  run(work: () => void): void
}

export interface Clock {
  /** Monotonic, fractional milliseconds: every duration and every deadline. */
  nowMS(): number
  /** Milliseconds since 1970, for identifiers and for people. Never compared with a deadline. */
  epochMS(): number
}

export interface Timers {
  /** One reusable timer; nothing is armed yet. `fire` runs in a turn of its own. */
  create(fire: () => void): Timer
}

export interface Timer {
  /**
   * Replaces the earlier time. Any time is legal: one that has passed fires in the next turn, one beyond what the
   * platform's timers can hold is re-armed inside, `Infinity` disarms.
   */
  armAt(atMS: number): void
  disarm(): void
  /** Whether an armed timer keeps the process alive (true at first). */
  setRef(on: boolean): void
}

export interface Chance {
  /** In [0, 1): jitter, the choice among servers. */
  fraction(): number
  /** Unpredictable under Node (identifiers, nonces); from the seed under the virtual Runtime. */
  fill(bytes: Uint8Array): void
}

export type HashName = 'md5' | 'sha1' | 'sha256'

/** PBKDF2 with HMAC; the key is as long as the hash. */
export interface KeyDerivation {
  readonly hash: HashName
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly iterations: number
}

export interface Cryptography {
  digest(hash: HashName, data: Uint8Array): Uint8Array
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Uint8Array
  /** How long it takes depends on the lengths only, never on where the bytes differ. */
  equal(one: Uint8Array, other: Uint8Array): boolean
  /**
   * Off the main thread under Node. Calls back exactly once, in a later turn, outside any caller's `AsyncLocalStorage`
   * context. It cannot be stopped: whoever asks bounds the iterations.
   */
  deriveKey(derivation: KeyDerivation, done: (error: Error | undefined, key: Uint8Array) => void): void
}

/** Facts for the handshake's metadata. */
export interface HostFacts {
  readonly platform: string
  readonly arch: string
  readonly release: string
  readonly runtimeName: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether the process runs in a container (`/.dockerenv` exists). */
  readonly inContainer: boolean
}

export type Target =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

export interface Network {
  /**
   * Returns at once, never throws, and never calls the handler before it has returned. Exactly one `closed` follows in
   * every case. Handlers run outside any caller's `AsyncLocalStorage` context; what they throw is an uncaught exception
   * under Node and rejects the run under the virtual Runtime.
   */
  connect(target: Target, handler: TransportHandler, options: TransportOptions): Transport
  /**
   * `port: 0` takes a free port; `done` is told once, later: the target with the port that was bound, or why it was not.
   * An accepted transport is open within `accept` already; its handler is told `opened` right after. With TLS that is after
   * its handshake; who does not complete one in time, or presents a certificate that is refused, is not accepted.
   */
  listen(
    target: Target,
    accept: (transport: Transport, peer: string) => TransportHandler,
    done: (error: Error | undefined, bound: Target) => void,
    tls?: ServerTLS
  ): Listener
}

/** What leads to targets that cannot be dialled from here, and resolves their names. Source: RFC 1928. */
export interface SOCKS5Proxy {
  readonly host: string
  readonly port: number
  /** Shown to a proxy that asks for them. At most 255 bytes each. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
}

export interface TransportOptions {
  /** Size of the one read buffer of the connection. */
  readonly readBufferBytes: number
  readonly keepAliveInitialDelayMS: number
  /** Absent: directly. Of the target only an address of TCP can be reached through it. */
  readonly proxy?: SOCKS5Proxy | undefined
  /** Absent: plain text. `opened` is told after the handshake, with the server's certificate checked. */
  readonly tls?: ClientTLS | undefined
}

export interface Listener {
  /**
   * Stops accepting at once; accepted transports live on, TLS handshakes under way end. One that is not bound yet tells its
   * own `done` an error.
   */
  close(done: () => void): void
}

export interface Transport {
  /** How far it has come: what fails now fails in this stage. */
  readonly stage: 'connect' | 'proxy' | 'tls-io' | 'open'
  /**
   * From `opened` on; after `closed` or `destroy` nothing happens. The bytes may be reused once `unflushedBytes` is 0.
   * Never calls the handler synchronously.
   */
  write(bytes: Uint8Array): void
  readonly unflushedBytes: number
  /**
   * Of an accepted transport: the subject of the certificate that the client presented, in the form of RFC 2253. It was
   * checked: an invalid one is not accepted.
   */
  readonly peerSubject: string | undefined
  /** Reads nothing more, and so learns neither of the peer's end. */
  pause(): void
  resume(): void
  setRef(on: boolean): void
  /** Immediate, in any stage: of all calls only `closed` still comes, in a later turn. Idempotent. */
  destroy(): void
}

export interface TransportHandler {
  /** The first call, unless the dial failed or was destroyed. */
  opened(): void
  /** `buffer[0, length)` is lent for the call only; the virtual Runtime overwrites it afterwards. */
  received(buffer: Uint8Array, length: number): void
  /** All that was written has been handed to the operating system. Not told for each write. */
  flushed(): void
  /**
   * Asked at each write: false if `flushed` need not be told of it, which saves a callback. Absent: it is told. What was
   * written before and is to be told of still is.
   */
  readonly wantsFlushed?: boolean
  /** The last call on this handler. Without an error the peer, or `destroy`, ended it in order. */
  closed(error: TransportError | undefined): void
}

/**
 * Which stage failed: labels and the clearing of pools depend on it. `proxy`: everything until a proxy has connected, reaching it
 * included; `certificate`: one end does not accept the other's, or
 * misses it; `tls-io`: any other failure of the TLS handshake, that its bytes end included.
 */
export type TransportStage = 'lookup' | 'connect' | 'proxy' | 'tls-io' | 'certificate' | 'open'

export class TransportError extends Error {
  readonly stage: TransportStage
  /** The system's text, such as `ECONNREFUSED`. */
  readonly code: string | undefined

  constructor(message: string, stage: TransportStage, code?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'TransportError'
    this.stage = stage
    this.code = code
  }
}
