import type { ContainerCreateOptions } from 'dockerode'
import type { RunRequest } from '../engine.ts'
import { containerLabels, containerName } from './container-labels.ts'

/** Half of what a program of the host gets (1024): where all want the processors, the worker has the right of way. */
export const CPU_SHARES = 512
/** Of 1000: when the machine runs out of memory, a step goes before anything of the host. */
const OOM_SCORE = 500

/** What the engine is asked to make. A `command` takes the place of the image's entrypoint and command together: who
 *  writes `./runtests.sh` expects that to run, whatever the image usually does. */
export function containerSpec(
  request: RunRequest,
  made: { instance: string; random: string },
): ContainerCreateOptions & { name: string } {
  return {
    name: containerName(request.owner, made.random),
    Image: request.image,
    ...(request.command !== null && { Entrypoint: argv(request.command), Cmd: [] }),
    ...(request.user !== null && { User: request.user }),
    ...(request.workingFolder !== null && { WorkingDir: request.workingFolder }),
    Env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
    Labels: containerLabels(made.instance, request.owner),
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      ...(request.memoryBytes !== null && { Memory: request.memoryBytes, MemorySwap: request.memoryBytes }),
      ...(request.cpus !== null && { NanoCpus: Math.round(request.cpus * 1e9) }),
      CpuShares: CPU_SHARES,
      OomScoreAdj: OOM_SCORE,
      ...(request.pids !== null && { PidsLimit: request.pids }),
      NetworkMode: request.network,
      Mounts: request.mounts.map(({ source, target, readOnly }) => ({
        Type: 'bind',
        Source: source,
        Target: target,
        ReadOnly: readOnly,
        BindOptions: { Propagation: 'rprivate' },
      })),
      // we read the output from the attached stream; a log kept by the engine would fill its disk
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}

function argv(command: string | string[]): string[] {
  return typeof command === 'string' ? ['/bin/sh', '-c', command] : command
}
