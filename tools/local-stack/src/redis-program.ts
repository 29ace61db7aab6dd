/** How to run a Redis server on this machine. */
export interface RedisProgram {
  /** Where it comes from, for display. */
  readonly origin: string;
  /**
   * The command that runs it in the foreground with `args`, with its files in `folder`, listening on `port` of
   * 127.0.0.1.
   */
  command(launch: RedisLaunch): RedisCommand;
}

export interface RedisLaunch {
  folder: string;
  port: number;
  args: string[];
}

export interface RedisCommand {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Kills what `file` started but a SIGKILL to `file` does not reach (a container). */
  forceStop?: () => Promise<void>;
}
