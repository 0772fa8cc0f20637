/** What the load does next: chosen by chance from a seed, so that the same seed chooses the same. */
import type { Chance } from '../../runtime/index.ts'

export const writes = ['insertOne', 'updateOne', 'deleteOne'] as const
export const reads = ['findOne', 'find', 'countDocuments'] as const

export type LoadOperation = (typeof writes)[number] | (typeof reads)[number]

export interface Step {
  readonly operation: LoadOperation
  /** Which of the shared counters an update raises. */
  readonly counter: number
  /** Which of the worker's own orders is read, by its place from the oldest on. What is deleted is the oldest. */
  readonly order: number
  /** How long the worker rests afterwards. */
  readonly pauseMS: number
}

export const counterCount = 32
/** A worker keeps so many orders: a load that runs for days needs no more room. */
export const ordersMax = 8

/** The load swells and abates, so that pools can be seen to grow. One wave lasts so long. */
const waveMS = 4_000
const pauseMSMin = 15
const pauseMSMax = 130

/** In parts of a hundred. */
const weights: Readonly<Record<LoadOperation, number>> = {
  insertOne: 20,
  updateOne: 15,
  deleteOne: 10,
  findOne: 20,
  find: 20,
  countDocuments: 15
}

/** `ownOrders`: how many the worker has now. */
export function nextStep(chance: Chance, ownOrders: number, elapsedMS: number): Step {
  return {
    operation: possible(draw(chance), ownOrders),
    counter: Math.floor(chance.fraction() * counterCount),
    order: Math.floor(chance.fraction() * ownOrders),
    pauseMS: pauseAt(elapsedMS) * (0.5 + chance.fraction())
  }
}

function draw(chance: Chance): LoadOperation {
  const operations = [...writes, ...reads]
  let left = chance.fraction() * operations.reduce((sum, operation) => sum + weights[operation], 0)
  return operations.find(operation => (left -= weights[operation]) < 0) ?? 'findOne'
}

/** Nothing can be read or deleted where nothing was inserted, and there is a limit to what is kept. */
function possible(drawn: LoadOperation, ownOrders: number): LoadOperation {
  if (ownOrders === 0 && (drawn === 'deleteOne' || drawn === 'findOne')) return 'insertOne'
  if (ownOrders >= ordersMax && drawn === 'insertOne') return 'deleteOne'
  return drawn
}

/** From the longest pause to the shortest and back. */
function pauseAt(elapsedMS: number): number {
  const height = (1 + Math.cos((2 * Math.PI * elapsedMS) / waveMS)) / 2
  return pauseMSMin + (pauseMSMax - pauseMSMin) * height
}
