/**
 * First process of a PID namespace. Bash as PID 1 ignores SIGTERM and would leave zombies, so this script stands
 * before the command: it runs it in a process group of its own, hands SIGTERM to that whole group, waits until the
 * group is gone when it was asked to stop, and exits with the command's code (128 + signal when one killed it).
 * Descriptor 3 keeps the command's stderr while Bash's own job messages go nowhere.
 */
export const INIT_SCRIPT = `
exec 3>&2 2>/dev/null
child=
stopping=
stop() { stopping=1; [ -z "$child" ] || kill -TERM -- "-$child"; }
trap stop TERM
set -m
"$@" 2>&3 3>&- &
child=$!
[ -z "$stopping" ] || stop
while wait "$child"; code=$?; [ "$code" -gt 128 ] && kill -0 "$child"; do :; done
wait "$child"; code=$?
while [ -n "$stopping" ] && kill -0 -- "-$child"; do sleep 0.05; done
exit "$code"
`
