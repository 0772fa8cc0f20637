/** Schemas, and documents on their way to the server and back. */
import { Schema, Types } from 'mongoose'
import type { Cases } from './cases.ts'

const address = new Schema({ street: String, city: { type: String, required: true } }, { _id: false })

const everything = new Schema(
  {
    text: { type: String, trim: true, lowercase: true },
    number: { type: Number, min: 0 },
    flag: Boolean,
    date: Date,
    bytes: Buffer,
    reference: Schema.Types.ObjectId,
    anything: Schema.Types.Mixed,
    decimal: Schema.Types.Decimal128,
    big: Schema.Types.BigInt,
    double: Schema.Types.Double,
    int: Schema.Types.Int32,
    uuid: Schema.Types.UUID,
    map: { type: Map, of: Number },
    tags: [String],
    matrix: [[Number]],
    address,
    addresses: [address],
    children: [{ name: String, age: Number }],
    withDefault: { type: String, default: 'given' },
    computed: { type: Number, default: () => 42 }
  },
  { timestamps: true }
)

function filled() {
  return {
    text: '  ÄBC ',
    number: 1.5,
    flag: true,
    date: new Date(0),
    bytes: Buffer.from('00ff10', 'hex'),
    reference: new Types.ObjectId('0123456789abcdef01234567'),
    anything: { a: [1, { b: null }], $c: 'kept' },
    decimal: Types.Decimal128.fromString('12.50'),
    big: 9_007_199_254_740_993n,
    double: 3,
    // Its declarations have no type for the values of this one.
    int: 7 as never,
    uuid: '0e1b5a3c-1111-4222-8333-444455556666',
    map: new Map([
      ['one', 1],
      ['two', 2]
    ]),
    tags: ['a', 'b'],
    matrix: [[1, 2], [], [3]],
    address: { street: 'Main', city: 'Ulm' },
    addresses: [{ city: 'A' }, { city: 'B' }],
    children: [{ name: 'x', age: 1 }]
  }
}

export const documents: Cases = {
  'a document with every type is saved and found again': async connection => {
    const Thing = connection.model('Thing', everything)
    const saved = await new Thing(filled()).save()
    const found = await Thing.findById(saved._id).orFail()
    return { saved, found, isNew: saved.isNew, same: found._id.equals(saved._id), lean: await Thing.findOne().lean() }
  },
  'its values have these types on the server': async connection => {
    const Thing = connection.model('Thing', everything)
    await Thing.create(filled())
    const fields = Object.keys(filled())
    const types = Object.fromEntries(fields.map(field => [field, { $type: `$${field}` }]))
    return Thing.aggregate([{ $project: { _id: 0, ...types } }])
  },
  'what changed is sent, and nothing else': async connection => {
    const Thing = connection.model('Thing', everything)
    const thing = await Thing.create(filled())
    thing.number = 9
    thing.map?.set('three', 3)
    thing.tags.push('c')
    thing.children.push({ name: 'y', age: 2 })
    thing.set('address.city', 'Bonn')
    thing.markModified('anything')
    const paths = thing.modifiedPaths()
    const delta = thing.isModified('number')
    await thing.save()
    thing.set('tags', ['b', 'c'])
    thing.children.id(thing.children[0]?._id)?.deleteOne()
    await thing.save()
    return { paths, delta, stored: await Thing.collection.findOne({}) }
  },
  'virtuals, getters, methods, statics and query helpers': async connection => {
    const schema = new Schema(
      { first: String, last: String, price: { type: Number, get: (cents: number) => cents / 100 } },
      {
        toJSON: { virtuals: true, getters: true },
        virtuals: {
          full: {
            get() {
              return `${this.first} ${this.last}`
            }
          }
        },
        methods: {
          shout() {
            return String(this.first).toUpperCase()
          }
        },
        statics: {
          byLast(last: string) {
            return this.findOne({ last })
          }
        },
        query: {
          named(first: string) {
            return this.where({ first })
          }
        }
      }
    )
    const Person = connection.model('Person', schema)
    const ada = await Person.create({ first: 'Ada', last: 'L', price: 1250 })
    const byLast = await Person.byLast('L')
    const named = await Person.find().named('Ada')
    return { json: ada.toJSON(), shout: ada.shout(), full: byLast?.get('full'), price: ada.price, named: named.length }
  },
  'timestamps move with saves and updates, and can be left out': async connection => {
    const Note = connection.model('Note', new Schema({ text: String }, { timestamps: true }))
    const note = await Note.create({ text: 'a' })
    const created = note.createdAt
    await Note.updateOne({ _id: note._id }, { text: 'b' })
    const updated = await Note.findById(note._id).orFail()
    await Note.updateOne({ _id: note._id }, { $set: { text: 'c' } }, { timestamps: false })
    const left = await Note.findById(note._id).orFail()
    return {
      note,
      kept: updated.createdAt.getTime() === created.getTime(),
      moved: updated.updatedAt.getTime() >= created.getTime(),
      left: left.updatedAt.getTime() === updated.updatedAt.getTime()
    }
  },
  'subdocuments are validated, and arrays of them are changed in place': async connection => {
    const schema = new Schema({
      items: [{ sku: { type: String, required: true }, count: { type: Number, default: 1 } }]
    })
    const Order = connection.model('Order', schema)
    const order = await Order.create({ items: [{ sku: 'a' }, { sku: 'b', count: 2 }] })
    await Order.updateOne({ 'items.sku': 'b' }, { $inc: { 'items.$.count': 5 } })
    await Order.updateOne({}, { $set: { 'items.$[item].count': 0 } }, { arrayFilters: [{ 'item.sku': 'a' }] })
    await Order.updateOne({}, { $push: { items: { $each: [{ sku: 'c' }], $position: 0 } } })
    return { order, after: await Order.findById(order._id) }
  },
  'a document that is gone cannot be saved, and deleteOne of a document deletes it': async connection => {
    const Thing = connection.model('Thing', new Schema({ a: Number }))
    const thing = await Thing.create({ a: 1 })
    const deleted = await thing.deleteOne()
    return {
      deleted,
      isDeleted: thing.$isDeleted(),
      left: await Thing.countDocuments(),
      exists: await Thing.exists({ a: 1 })
    }
  },
  'fields that are undefined, null and missing': async connection => {
    const Thing = connection.model(
      'Thing',
      new Schema({ a: Number, b: Number, nested: { c: Number } }, { minimize: false })
    )
    const thing = await Thing.create({ a: null, b: undefined })
    thing.a = undefined
    await thing.save()
    return [await Thing.collection.findOne({ _id: thing._id }), await Thing.countDocuments({ b: undefined })]
  }
}
