/** Documents that refer to others. */
import { type Connection, Schema } from 'mongoose'
import type { Cases } from './cases.ts'

async function library(connection: Connection) {
  const authorSchema = new Schema({ name: String, country: String })
  authorSchema.virtual('books', { ref: 'Book', localField: '_id', foreignField: 'author' })
  authorSchema.virtual('bookCount', { ref: 'Book', localField: '_id', foreignField: 'author', count: true })
  const Author = connection.model('Author', authorSchema)
  const Book = connection.model(
    'Book',
    new Schema({
      title: String,
      year: Number,
      author: { type: Schema.Types.ObjectId, ref: 'Author' },
      readers: [{ type: Schema.Types.ObjectId, ref: 'Author' }],
      reviews: [{ text: String, by: { type: Schema.Types.ObjectId, ref: 'Author' } }]
    })
  )
  const [ada, bob] = await Author.create([
    { name: 'Ada', country: 'UK' },
    { name: 'Bob', country: 'US' }
  ])
  await Book.create([
    {
      title: 'One',
      year: 1,
      author: ada?._id,
      readers: [ada?._id, bob?._id],
      reviews: [{ text: 'good', by: bob?._id }]
    },
    { title: 'Two', year: 2, author: ada?._id, readers: [] },
    { title: 'Three', year: 3, author: bob?._id, readers: [bob?._id] }
  ])
  return { Author, Book }
}

export const population: Cases = {
  'a reference, an array of them, and one in a subdocument': async connection => {
    const { Book } = await library(connection)
    return Book.find().sort('year').populate('author', 'name -_id').populate('readers').populate('reviews.by')
  },
  'with match, options and selection': async connection => {
    const { Book } = await library(connection)
    const path = {
      path: 'readers',
      match: { country: 'US' },
      select: 'name',
      options: { sort: { name: -1 }, limit: 1 }
    }
    return {
      books: await Book.find().sort('year').populate(path).lean(),
      one: await Book.findOne({ year: 3 }).populate(path)
    }
  },
  'virtuals, with counts': async connection => {
    const { Author } = await library(connection)
    const authors = await Author.find()
      .sort('name')
      .populate({ path: 'books', options: { sort: { year: -1 } } })
      .populate('bookCount')
    return authors.map(author => author.toObject({ virtuals: true }))
  },
  'nested, and of a document that was found before': async connection => {
    const { Book } = await library(connection)
    const book = await Book.findOne({ year: 1 }).orFail()
    await book.populate({
      path: 'author',
      populate: { path: 'books', select: 'title', options: { sort: { title: 1 } } }
    })
    const populated = book.populated('author')
    book.depopulate('author')
    return { populated, populatedOf: book.populated('author'), book }
  },
  'a reference to nothing is null': async connection => {
    const { Author, Book } = await library(connection)
    await Author.deleteMany({ name: 'Bob' })
    return Book.find().sort('year').populate(['author', 'readers']).lean()
  }
}
