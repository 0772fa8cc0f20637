export * from './read_preference.ts'
