/** What `--help` prints. */
export const USAGE = `Puts load on running gateways and accounts for every message.

  npm run load-test -- --url ws://host:port/ws [--url …] [options]
  npm run load-test -- merge a.json b.json [--json file] [--html file] [thresholds]

What is done
  --scenario <name>      general (default)  all connections in the general channel
                         rooms              rooms of --room-size connections, one sender in each
                         private            pairs of two users, one sender in each
                         mixed              the general channel, one connection of ten sends
                         churn              general, and --visits users a second who sign in and out
                         reconnect-storm    general; all connections are cut at once and resume
                         idle               connections that are signed in and joined, and silent
  --connections <n>      connections (default 100)
  --senders <n>          connections that send (default 10, or one in each room)
  --rate <n>             messages per second of all senders together (default 100)
  --bytes <n>            length of each message's text, 44 to 4000 (default 100)
  --room-size <n>        connections of a room (default 10)
  --visits <n>           sign-ins per second of the churn (default 5)
  --accounts <n>         users that the connections share (default 1000, or two in each room)
  --find-limit           raises the rate from --rate until a threshold breaks (--max-p99 250ms by default)

How long
  --ramp <time>          over which the connections are opened (default 5s)
  --warmup <time>        of load that is not measured (default 2s)
  --duration <time>      of load that is measured, of each step with --find-limit (default 10s)
  --start-at <ISO time>  when the warm-up begins: the same on every machine of a run
  --threads <n>          threads of this process (default 1)

What is watched
  --metrics <url>        metrics page of a server; may be given several times (default: /metrics beside each --url)
  --process <name=pid>   a process of this machine, read from /proc; may be given several times

What comes out
  --json <file>          the result as JSON, which "merge" reads
  --html <file>          a report for a browser, in one file
  --accounts-file <file> where accounts are kept from run to run (default .cache/load-test-accounts.json)

Thresholds
  --max-p99 <time>       latency that 99% of deliveries must not exceed
  --max-loss <n>         messages that may be lost (default 0)
  --max-doubles <n>      that may come twice (default 0)
  --max-disorder <n>     that may come out of order (default 0)
  --max-refused <n>      requests that may be refused, and connections lost (default 0)

A time is a number with a unit: 50ms, 10s, 2m.
Exit code: 0 all thresholds hold, 1 one does not, 2 an option is wrong or the servers cannot be loaded.`;
