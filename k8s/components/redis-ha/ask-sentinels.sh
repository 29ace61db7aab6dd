# What the scripts beside it know of the Sentinels. PEERS are the names of all pods, separated by spaces.

# Asks the Sentinel of pod $1 about the master: sentinel POD SUBCOMMAND. Prints nothing if it does not answer.
sentinel() { timeout 2 redis-cli -h "$1" -p 26379 sentinel "$2" parley 2>/dev/null; }

# Prints the master that the Sentinel of pod $1 names, if it is one of the pods.
named_by() {
  named=$(sentinel "$1" get-master-addr-by-name | head -n 1)
  [ -n "$named" ] || return 0
  case " $PEERS " in *" $named "*) echo "$named" ;; esac
}
