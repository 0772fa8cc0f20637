/** Models of one collection. */
import { Schema } from 'mongoose'
import type { Cases } from './cases.ts'
import { outcome } from './plain.ts'

export const discriminators: Cases = {
  'models that share a collection': async connection => {
    const Event = connection.model('Event', new Schema({ at: Date, title: String }, { discriminatorKey: 'kind' }))
    const Click = Event.discriminator('Click', new Schema({ url: { type: String, required: true } }))
    const SignUp = Event.discriminator('SignUp', new Schema({ user: String }), 'sign-up')
    await Event.create({ title: 'plain', at: new Date(0) })
    await Click.create({ title: 'click', url: 'https://example.org' })
    await SignUp.create({ title: 'sign up', user: 'ada' })
    await Event.insertMany([{ kind: 'Click', title: 'another', url: 'x' }])
    const all = await Event.find().sort('title')
    return {
      all,
      models: all.map(event => (event.constructor as unknown as { readonly modelName: string }).modelName),
      clicks: await Click.find().sort('title').lean(),
      counted: await SignUp.countDocuments(),
      updated: await Click.updateMany({}, { url: 'y' }),
      piped: await Click.aggregate([{ $count: 'n' }]),
      refused: await outcome(Click.create({ title: 'no url' }))
    }
  },
  'subdocuments of several kinds in one array': async connection => {
    const shape = new Schema({ name: String }, { discriminatorKey: 'kind', _id: false })
    const schema = new Schema({ shapes: [shape] })
    const shapes = schema.path('shapes') as unknown as Schema.Types.DocumentArray
    shapes.discriminator('Circle', new Schema({ radius: Number }, { _id: false }))
    shapes.discriminator('Square', new Schema({ side: Number }, { _id: false }))
    const Drawing = connection.model('Drawing', schema)
    const drawing = await Drawing.create({
      shapes: [
        { kind: 'Circle', radius: 2 },
        { kind: 'Square', side: 3 }
      ]
    })
    await Drawing.updateOne({ 'shapes.kind': 'Circle' }, { $set: { 'shapes.$.radius': 5 } })
    return Drawing.findById(drawing._id)
  }
}
