#!/bin/sh
# A till that fits into one file. Prices are in cents, in prices.csv.
set -eu

cents() { grep "^$1," prices.csv | cut -d, -f2; }
money() { printf '%d.%02d' $(($1 / 100)) $(($1 % 100)); }

case "${1:-}" in
  check)
    grep -vE '^[a-z]+,[0-9]+$' prices.csv && { echo "prices.csv: that is no price"; exit 1; }
    echo "$(wc -l < prices.csv) prices, all well-formed"
    ;;
  total)
    shift
    sum=0
    for item in "$@"; do sum=$((sum + $(cents "$item"))); done
    money "$sum"
    ;;
  receipt)
    shift
    echo "      THE SHOP      "
    echo "--------------------"
    for item in "$@"; do printf '%-12s%8s\n' "$item" "$(money "$(cents "$item")")"; done
    echo "--------------------"
    printf '%-12s%8s\n' total "$("$0" total "$@")"
    ;;
  *)
    echo "usage: $0 check | total ITEM... | receipt ITEM..." >&2
    exit 2
    ;;
esac
