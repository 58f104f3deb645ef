/** What the processes of an attempt used, as far as it was sampled. What a kill of the engine lost is lost with it. */
export interface AttemptResources {
  /** Moments at which it was looked; 0 where every command ended before one came. */
  readonly samples: number
  /** Processor time of its commands, also of processes that their parents have waited for. */
  readonly cpuMs: number
  /** The most memory and the most processes of one moment; 0 where nobody looked. */
  readonly peakBytes: number
  readonly peakProcesses: number
  /** In the order of time. A long attempt has fewer: each stands for more moments then. */
  readonly points: readonly ResourcePoint[]
}

export interface ResourcePoint {
  /** Since the attempt began; the last moment that it stands for. */
  readonly atMs: number
  /** Used since the point before. */
  readonly cpuMs: number
  readonly bytes: number
  readonly processes: number
}
