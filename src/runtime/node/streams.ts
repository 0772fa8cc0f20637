/** Node's streams, for classes of streams. They run their callbacks by themselves, without timers, as `Runtime.readable` does. */
export { Readable, Writable } from 'node:stream'
