import { readFile } from 'node:fs/promises'
import { confine, PathMissing } from '../../steps/confine.ts'
import { BundleInvalid } from '../deploy-errors.ts'

/** A text file of the checkout, null where there is none. @throws BundleInvalid for one that is too large */
export async function readText(folder: string, path: string): Promise<string | null> {
  const file = await confine(folder, path, 'file').catch((error: unknown) => {
    if (error instanceof PathMissing) return null
    throw error
  })
  if (file === null) return null
  const text = await readFile(file, 'utf8')
  if (text.length > 1024 ** 2) throw new BundleInvalid(`${path} is larger than 1 MB`)
  return text
}
