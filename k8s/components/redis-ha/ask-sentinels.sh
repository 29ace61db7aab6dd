# What the scripts beside it know of the Sentinels. PEERS are the names of all pods, separated by spaces.

users=${USERS:-/etc/redis/users}
client=$(cat "$users/sentinel-client")
tls=''
[ ! -e "$users/ca.crt" ] || tls="--tls --cacert $users/ca.crt"

# ask_as POD SUBCOMMAND OPTION…
ask_as() {
  pod=$1 subcommand=$2
  shift 2
  timeout 2 redis-cli $tls -e -h "$pod" -p 26379 "$@" sentinel "$subcommand" parley 2>/dev/null
}

# Asks the Sentinel of pod $1 about the master: sentinel POD SUBCOMMAND. Prints nothing if it does not answer.
sentinel() {
  told=$(REDISCLI_AUTH=$client ask_as "$1" "$2" --user client) || {
    # No answer in time. A Sentinel of the version before has no such user: it is asked without. Kept for one release longer.
    [ $? -ne 124 ] || return 0
    told=$(ask_as "$1" "$2") || return 0
  }
  [ -z "$told" ] || echo "$told"
}

# Prints the master that the Sentinel of pod $1 names, if it is one of the pods.
named_by() {
  named=$(sentinel "$1" get-master-addr-by-name | head -n 1)
  [ -n "$named" ] || return 0
  case " $PEERS " in *" $named "*) echo "$named" ;; esac
}
