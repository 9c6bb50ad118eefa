/** What steps ask of the place where containers are built and run. Steps know no engine by name. */
export type Engine = {
  /** @throws EngineUnavailable when it does not answer */
  facts(signal: AbortSignal): Promise<EngineFacts>
  /** Builds an image and returns its id. A failed build throws ImageBuildFailed (`theirs`). */
  build(request: BuildRequest, io: StepIO): Promise<{ imageId: string }>
  /** Runs a container to its end and always removes it, also when the signal fires (within 5 s). */
  run(request: RunRequest, io: StepIO): Promise<ContainerEnd>
  /** Pushes one image under one reference. Credentials never stand in a log. Returns the manifest digest. */
  push(request: PushRequest, io: StepIO): Promise<{ digest: string }>
  /** The digest under which the registry holds this very image at this reference; null when it does not. */
  pushed(request: PushRequest, signal: AbortSignal): Promise<string | null>
  hasImage(imageId: string): Promise<boolean>
  /** What an image tells of itself wherever it goes. @throws ImageMissing */
  describeImage(imageId: string, signal: AbortSignal): Promise<{ config: unknown; history: unknown }>
  /** The unpacked bytes of the layers that a build added, where the engine can tell them from those of its base; each is to
   *  be read before the next is asked for. */
  imageLayers(imageId: string, signal: AbortSignal): AsyncIterable<ImageLayer>
  /** Removes containers of ours that belong to none of the living runs: left by a killed worker. Returns how many. */
  sweep(livingRuns: string[]): Promise<number>
  /** Asks the registry whether the credentials are good. @throws RegistryLoginFailed */
  login(registry: RegistryLogin, signal: AbortSignal): Promise<void>
}

export type EngineFacts = { kind: 'docker'; version: string; apiVersion: string; buildKit: boolean }

/** How a step speaks and stops. Chunks may be cut anywhere; the log splits them into lines and masks secrets. */
export type StepIO = {
  stdout(chunk: string | Uint8Array): void
  stderr(chunk: string | Uint8Array): void
  /** what Letterbox itself says in the log */
  say(line: string): void
  signal: AbortSignal
}

export type RegistryLogin = { address: string; username: string; password: string }

export type Owner = { run: string; step: number; repository: string }

export type BuildRequest = {
  owner: Owner
  /** absolute folder; its real path was proven to lie in the workspace */
  contextPath: string
  /** relative to the context, proven to lie in it */
  dockerfile: string
  /** full local reference given to the built image */
  reference: string
  target: string | null
  args: Record<string, string>
  labels: Record<string, string>
  platform: string | null
  pull: boolean
  noCache: boolean
  /** BuildKit mount id → content */
  secrets: Record<string, string>
  registries: RegistryLogin[]
  /** BuildKit where the engine has it, unless the operator chose */
  builder: 'auto' | 'buildkit' | 'classic'
  memoryBytes: number | null
}

export type RunRequest = {
  owner: Owner
  /** image id or reference */
  image: string
  /** null: the image's own command; a string runs in the container's `/bin/sh -c` */
  command: string | string[] | null
  env: Record<string, string>
  user: string | null
  workingFolder: string | null
  memoryBytes: number | null
  cpus: number | null
  pids: number | null
  network: string
  mounts: { source: string; target: string; readOnly: boolean }[]
  /** path in the container → content; for secrets handed over as files (mode 0400) */
  files: Record<string, string>
  registries: RegistryLogin[]
}

export type ImageLayer = { layer: string; content: AsyncIterable<Uint8Array> }

export type ContainerEnd = { exitCode: number; outOfMemory: boolean }

export type PushRequest = {
  imageId: string
  /** `registry.example.com:5000/acme/shop` */
  name: string
  tag: string
  registry: RegistryLogin | null
}
