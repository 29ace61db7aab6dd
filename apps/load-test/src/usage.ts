/** What `--help` prints. */
export const USAGE = `Puts load on running gateways and accounts for every message.

  npm run load-test -- --url ws://host:port/ws [--url …] [options]
  npm run load-test -- merge a.json b.json [--json file] [--html file] [thresholds]

Load
  --scenario <name>      general (default)  all connections in the general channel
                         rooms              rooms of --room-size connections, one sender in each
                         private            pairs of two users, one sender in each
                         mixed              the general channel, one connection of ten sends
                         churn              general, and --visits users a second who sign in and out
                         reconnect-storm    general; all connections are cut at once and resume
                         idle               connections that are signed in, joined and silent
  --connections <n>      connections (default 100)
  --senders <n>          connections that send (default 10, or one per room)
  --rate <n>             messages per second, over all senders (default 100)
  --bytes <n>            length of each message's text, 44 to 4000 (default 100)
  --room-size <n>        connections of a room (default 10)
  --visits <n>           sign-ins per second of the churn (default 5)
  --accounts <n>         users that the connections share (default 1000, or two per room)
  --resume               connections that end come back and resume, and send again what was not acknowledged
  --find-limit           raises the rate from --rate until a threshold breaks (--max-p99 250ms by default)

Times
  --ramp <time>          in which the connections open (default 5s)
  --warmup <time>        load before the measurement (default 2s)
  --duration <time>      measured load; with --find-limit, of each step (default 10s)
  --start-at <ISO time>  when the warm-up begins; use the same on every machine
  --threads <n>          threads of this process (default 1)

Servers
  --metrics <url>        metrics page of a server; may be repeated (default: the pages of what npm start
                         runs at the --url, as DATA_DIR/metrics.json names them)
  --process <name=pid>   a process of this machine, read from /proc; may be repeated

Output
  --json <file>          the result as JSON, which "merge" reads
  --html <file>          the report as one HTML file
  --accounts-file <file> keeps accounts from run to run (default .cache/load-test-accounts.json)

Thresholds
  --max-p99 <time>       99th percentile of the delivery latency
  --max-loss <n>         lost messages (default 0)
  --max-doubles <n>      messages that come twice (default 0)
  --max-disorder <n>     messages that come out of order (default 0)
  --max-refused <n>      refused requests and lost connections (default 0)
  --max-reloads <n>      connections that had to reload a channel (default 0)
  --max-vanished <n>     with --resume: acknowledged messages that are gone from the log (default 0)

SIGINT and SIGTERM end the load early, and the result is printed.
A time is a number with a unit: 50ms, 10s, 2m.
Exit code: 0 all thresholds hold, 1 one is broken, 2 an option is wrong or the servers cannot be reached.`;
