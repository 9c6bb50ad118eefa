import type Dockerode from 'dockerode'
import { ImageMissing } from '../engine-errors.ts'
import { isStatus, reach } from './reach.ts'

/** Configuration and history: what travels with an image beside its layers. */
export async function describeImage(
  docker: Dockerode,
  imageId: string,
): Promise<{ config: unknown; history: unknown }> {
  const image = docker.getImage(imageId)
  try {
    const { Config, ContainerConfig, Author, Comment } = await reach(() => image.inspect())
    const history: unknown = await reach(() => image.history())
    return { config: { Config, ContainerConfig, Author, Comment }, history }
  } catch (error) {
    throw isStatus(error, 404) ? new ImageMissing(imageId) : error
  }
}
