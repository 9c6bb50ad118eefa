import type { SecretSearch } from '../../job/secret-search.ts'
import type { Engine } from '../engines/engine.ts'
import { ImageTooLargeToSearch, SecretLeaked } from './secret-leaked.ts'

const MAX_BYTES = 8 * 1024 ** 3

type Searched = {
  imageId: string
  /** how people call it */
  name: string
  layers: boolean
  maxBytes?: number
}

/** Looks for secrets in what a push would hand to everybody: an image's configuration, history and, when asked, its
 *  layers. @throws SecretLeaked, ImageTooLargeToSearch */
export async function searchImage(
  engine: Pick<Engine, 'describeImage' | 'imageLayers'>,
  search: SecretSearch,
  { imageId, name, layers, maxBytes = MAX_BYTES }: Searched,
  signal: AbortSignal,
): Promise<void> {
  const { config, history } = await engine.describeImage(imageId, signal)
  prove(search, config, `the configuration of the image ${name}`)
  prove(search, history, `the history of the image ${name}`)
  if (layers) await searchLayers(engine.imageLayers(imageId, signal), search, name, maxBytes)
}

function prove(search: SecretSearch, facts: unknown, sink: string): void {
  const found = search.inText(JSON.stringify(facts) ?? '')
  if (found !== null) throw new SecretLeaked(found, sink)
}

async function searchLayers(
  layers: ReturnType<Engine['imageLayers']>,
  search: SecretSearch,
  name: string,
  maxBytes: number,
): Promise<void> {
  let bytes = 0
  for await (const { layer, content } of layers) {
    const searcher = search.inBytes()
    for await (const chunk of content) {
      bytes += chunk.length
      if (bytes > maxBytes) throw new ImageTooLargeToSearch(name, maxBytes)
      const found = searcher.write(chunk)
      if (found !== null) throw new SecretLeaked(found, `layer ${layer} of the image ${name}`)
    }
  }
}
