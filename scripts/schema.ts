// Writes schema/schema.sql from the migrations. A test compares the two.
import { mkdirSync, writeFileSync } from 'node:fs'
import { schemaText } from './schema-text.ts'

const directory = new URL('../schema/', import.meta.url)
mkdirSync(directory, { recursive: true })
writeFileSync(new URL('schema.sql', directory), schemaText())
