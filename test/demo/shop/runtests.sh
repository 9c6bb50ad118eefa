#!/bin/sh
# Runs in the built image: the exit code is the verdict.
failed=0

expect() {
  if [ "$2" = "$3" ]; then
    echo "ok      $1"
  else
    echo "FAILED  $1: expected $3, got $2"
    failed=1
  fi
}

expect "a loaf has its price" "$(./shop.sh total loaf)" 4.50
expect "a breakfast adds up" "$(./shop.sh total loaf coffee honey)" 22.45
expect "nothing costs nothing" "$(./shop.sh total)" 0.00
exit $failed
