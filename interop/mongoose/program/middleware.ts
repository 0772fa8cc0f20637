/** Hooks around what is asked of the driver. */
import { Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

export const middleware: Cases = {
  'of documents: validate, save, deleteOne': async connection => {
    const told: string[] = []
    const schema = new Schema({ name: { type: String, required: true } })
    schema.pre('validate', function () {
      told.push(`before validate, new: ${this.isNew}`)
    })
    schema.post('validate', () => void told.push('after validate'))
    schema.pre('save', async function () {
      await Promise.resolve()
      told.push('before save')
      this.name = `${this.name}!`
    })
    schema.post('save', document => void told.push(`after save of ${document.name}`))
    schema.pre('deleteOne', { document: true, query: false }, () => void told.push('before deleteOne'))
    const Thing = connection.model('Thing', schema)
    const thing = await Thing.create({ name: 'a' })
    thing.name = 'b'
    await thing.save()
    await thing.deleteOne()
    return told
  },
  'of queries, aggregation and insertMany': async connection => {
    const told: unknown[] = []
    const schema = new Schema({ name: String, hidden: { type: Boolean, default: false } })
    schema.pre(['find', 'findOne', 'findOneAndUpdate'], function () {
      told.push('before a find')
      this.where({ hidden: false })
    })
    schema.post('find', found => void told.push(`found ${found.length}`))
    schema.pre('updateOne', function () {
      told.push(this.getUpdate())
      this.set({ name: 'by the hook' })
    })
    schema.pre('deleteMany', () => void told.push('before deleteMany'))
    schema.pre('countDocuments', () => void told.push('before countDocuments'))
    schema.pre('aggregate', function () {
      this.pipeline().unshift({ $match: { hidden: false } })
    })
    schema.pre('insertMany', (documents: unknown) => void told.push(documents))
    schema.pre('bulkWrite', () => void told.push('before bulkWrite'))
    const Thing = connection.model('Thing', schema)
    await Thing.insertMany([{ name: 'a' }, { name: 'b', hidden: true }])
    const found = await Thing.find()
    const updated = await Thing.findOneAndUpdate({ name: 'a' }, { name: 'c' }, { returnDocument: 'after' })
    await Thing.updateOne({ name: 'c' }, { $set: { hidden: false } })
    await Thing.bulkWrite([{ insertOne: { document: { name: 'd' } } }])
    const sums = await Thing.aggregate([{ $count: 'n' }])
    const counted = await Thing.countDocuments({ name: 'by the hook' })
    await Thing.deleteMany({})
    return { told, found: found.length, updated: updated?.name, sums, counted }
  },
  'errors pass through hooks, which can make others of them': async connection => {
    const schema = new Schema({ key: { type: String, unique: true } })
    schema.post(
      'save',
      (error: Error & { readonly code?: number }, _document: unknown, next: (error?: Error) => void) => {
        next(error.code === 11_000 ? new Error(`taken, said ${error.name}`) : error)
      }
    )
    schema.pre('updateMany', () => {
      throw new Error('refused by the hook')
    })
    const Thing = connection.model('Thing', schema)
    await Thing.init()
    await Thing.create({ key: 'a' })
    return [await outcome(Thing.create({ key: 'a' })), await outcome(Thing.updateMany({}, { key: 'b' }))]
  }
}
