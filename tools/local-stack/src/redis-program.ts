/** How to run a Redis server on this machine. */
export interface RedisProgram {
  /** Where it comes from, for people. */
  readonly origin: string;
  /** The command that runs it in the foreground with `args`, its files in `folder`, listening on `port` of 127.0.0.1. */
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
  /** Ends at once what `file` started and SIGKILL to `file` does not reach (a container). */
  forceStop?: () => Promise<void>;
}
