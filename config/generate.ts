import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configJsonSchema } from './generate/json-schema.ts'
import { configReference } from './generate/reference.ts'

/* Writes what is made of the schema: config/config.schema.json (for editors) and docs/configuration.md (for people).
 * With --check it writes nothing and exits 1 when they have drifted. */

const root = join(import.meta.dirname, '..')
const schema = configJsonSchema()
const files = {
  'config/config.schema.json': `${JSON.stringify(schema, null, 2)}\n`,
  'docs/configuration.md': configReference(schema),
}

if (process.argv.includes('--check')) await check()
else for (const [file, text] of Object.entries(files)) await writeFile(join(root, file), text)

async function check(): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    if ((await readFile(join(root, file), 'utf8').catch(() => null)) === text) continue
    process.stderr.write(`${file} is not what config/schema.ts says. Run "npm run generate" and commit the result.\n`)
    process.exitCode = 1
  }
}
