import type { Chance } from '../runtime/index.ts'
import { Arguments, type FieldRules } from './arguments.ts'
import { badValue, CommandFailure } from './failure.ts'
import { type BSONDocument, isDocument, isNumber, typeNameOf } from './query/index.ts'

/** What a fail point is told of a command, to decide whether the command is one that it is for. */
export interface FailPointSubject {
  /** The command's name and its aliases. */
  readonly names: readonly string[]
  /** `database.collection`; undefined where the command is for no collection. */
  readonly namespace: string | undefined
  readonly applicationName: string | undefined
  readonly threadName: string
  /** Whether the connection is another server's. */
  readonly internal: boolean
}

/** The fields of a fail point's data, by the fail point's name. Any other name is refused. */
const dataRules: ReadonlyMap<string, FieldRules> = new Map([
  [
    'failCommand',
    {
      taken: [
        'failCommands',
        'failAllCommands',
        'appName',
        'namespace',
        'threadName',
        'failInternalCommands',
        'errorCode',
        'errorExtraInfo',
        'errorLabels',
        'closeConnection',
        'blockConnection',
        'blockTimeMS',
        'writeConcernError'
      ]
    }
  ],
  ['failGetMoreAfterCursorCheckout', { taken: ['errorCode', 'closeConnection'] }],
  ['onPrimaryTransactionalWrite', { taken: ['failBeforeCommitExceptionCode', 'closeConnection'] }]
])

/** Why the connection of a command is closed that a fail point has met. */
export const closedByFailPoint = 'a fail point closes the connection'

type Mode =
  | { readonly kind: 'alwaysOn' }
  | { readonly kind: 'off' }
  | { readonly kind: 'times'; left: number }
  | { readonly kind: 'skip'; left: number }
  | { readonly kind: 'probability'; readonly probability: number }

interface FailPoint {
  readonly mode: Mode
  readonly data: FailPointData
  entered: number
}

/** Read once, when the fail point is configured. */
export class FailPointData {
  readonly failCommands: readonly string[]
  readonly failAllCommands: boolean
  readonly appName: string | undefined
  readonly namespace: string | undefined
  readonly threadName: string | undefined
  readonly failInternalCommands: boolean
  readonly errorCode: number | undefined
  readonly errorExtraInfo: BSONDocument | undefined
  /** Replaces all labels of the reply, also if it is empty. */
  readonly errorLabels: readonly string[] | undefined
  readonly closeConnection: boolean
  /** Whether the connection stays open although the data does not say so: `onPrimaryTransactionalWrite` closes by default. */
  readonly keepsConnection: boolean
  /** The write is undone, and fails with this. */
  readonly failBeforeCommitCode: number | undefined
  /** Undefined: the command is not blocked. */
  readonly blockMS: number | undefined
  readonly writeConcernError: BSONDocument | undefined

  constructor(data: Arguments) {
    this.failCommands = strings(data, 'failCommands') ?? []
    this.failAllCommands = data.has('failAllCommands')
    this.appName = data.string('appName')
    this.namespace = data.string('namespace')
    this.threadName = data.string('threadName')
    this.failInternalCommands = data.boolean('failInternalCommands')
    this.errorCode = data.whole('errorCode')
    this.errorExtraInfo = data.document('errorExtraInfo')
    this.errorLabels = strings(data, 'errorLabels')
    this.closeConnection = data.boolean('closeConnection')
    this.keepsConnection = data.has('closeConnection') && !this.closeConnection
    this.failBeforeCommitCode = data.whole('failBeforeCommitExceptionCode')
    this.writeConcernError = data.document('writeConcernError')
    this.blockMS = blockMS(data)
  }

  get failsBeforeExecution(): boolean {
    return this.closeConnection || this.blockMS !== undefined || this.errorCode !== undefined
  }

  isFor(subject: FailPointSubject): boolean {
    if (subject.names.includes('configureFailPoint')) return false
    if (this.threadName !== undefined && this.threadName !== subject.threadName) return false
    if (this.appName !== undefined && this.appName !== subject.applicationName) return false
    if (this.namespace !== undefined && this.namespace !== subject.namespace) return false
    if (subject.internal && !this.failInternalCommands) return false
    return this.failAllCommands || subject.names.some(name => this.failCommands.includes(name))
  }
}

/** The fail points of a member, configured by the command or by whoever holds the member. */
export class FailPoints {
  readonly #chance: Chance
  readonly #configured = new Map<string, FailPoint>()

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** Takes a whole `configureFailPoint` command, and tells how often the fail point had been entered until now. */
  configure(command: BSONDocument): number {
    const given = new Arguments('configureFailPoint', command)
    const name = given.requiredString('configureFailPoint')
    const rules = dataRules.get(name)
    if (rules === undefined) {
      throw badValue(`there is no fail point "${name}" here; there are ${[...dataRules.keys()].join(', ')}`)
    }
    const data = new Arguments(`${name}.data`, given.document('data') ?? new Map())
    data.check(rules)
    const entered = this.#configured.get(name)?.entered ?? 0
    this.#configured.set(name, { mode: modeOf(given), data: new FailPointData(data), entered })
    return entered
  }

  /** All fail points off. */
  clear(): void {
    this.#configured.clear()
  }

  /** Before a command runs. What is returned has been counted: two commands never share one of the `times`. */
  beforeExecution(subject: FailPointSubject): FailPointData | undefined {
    return this.#enter('failCommand', data => data.isFor(subject) && data.failsBeforeExecution)
  }

  /** After a command that takes a write concern has run: a second entry, counted by itself. */
  afterExecution(subject: FailPointSubject): FailPointData | undefined {
    return this.#enter('failCommand', data => data.isFor(subject) && data.writeConcernError !== undefined)
  }

  afterCursorCheckout(): FailPointData | undefined {
    return this.#enter('failGetMoreAfterCursorCheckout', () => true)
  }

  /** A write with a transaction number is about to be carried out. */
  onTransactionalWrite(): FailPointData | undefined {
    return this.#enter('onPrimaryTransactionalWrite', () => true)
  }

  #enter(name: string, matches: (data: FailPointData) => boolean): FailPointData | undefined {
    const point = this.#configured.get(name)
    if (point === undefined || point.mode.kind === 'off' || !matches(point.data)) return undefined
    if (!this.#isDue(point.mode)) return undefined
    point.entered++
    return point.data
  }

  /** Whether a command that matches is hit now. */
  #isDue(mode: Mode): boolean {
    switch (mode.kind) {
      case 'alwaysOn':
        return true
      case 'off':
        return false
      case 'times':
        return mode.left-- > 0
      case 'skip':
        return mode.left-- <= 0
      case 'probability':
        return this.#chance.fraction() < mode.probability
    }
  }
}

const modeNames = "'off', 'alwaysOn', {times: n}, {skip: n} or {activationProbability: p}"

function modeOf(given: Arguments): Mode {
  const mode = given.required('mode')
  if (mode === 'off' || mode === 'alwaysOn') return { kind: mode }
  const [kind] = isDocument(mode) && mode.size === 1 ? mode.keys() : []
  if (!isDocument(mode) || kind === undefined) throw badValue(`the mode of a fail point is ${modeNames}`)
  const read = new Arguments('configureFailPoint.mode', mode)
  if (kind === 'times' || kind === 'skip') return { kind, left: read.count(kind) ?? 0 }
  if (kind !== 'activationProbability') throw badValue(`the mode of a fail point is ${modeNames}, not "${kind}"`)
  const value = read.required(kind)
  const probability = isNumber(value) ? Number(value.toString()) : Number.NaN
  if (probability >= 0 && probability <= 1) return { kind: 'probability', probability }
  throw badValue(
    `activationProbability must be between 0 and 1, not ${isNumber(value) ? value.toString() : typeNameOf(value)}`
  )
}

function strings(data: Arguments, field: string): string[] | undefined {
  return data.array(field)?.map(value => {
    if (typeof value === 'string') return value
    throw data.wrongType(field, value, 'string')
  })
}

function blockMS(data: Arguments): number | undefined {
  if (!data.boolean('blockConnection')) return undefined
  const value = data.whole('blockTimeMS')
  if (value !== undefined && value >= 0) return value
  throw new CommandFailure('InvalidOptions', "a fail point with 'blockConnection' needs a 'blockTimeMS' of 0 or more")
}
