#!/bin/sh
# Parameters: dotenv lines on stdin. Names become psql variables, quoted by the script as :"table" and :'file',
# so no value is ever pasted into SQL.
set -eu
service= script= table= file=
while IFS='=' read -r name value || [ -n "$name" ]; do
  value=$(printf '%s' "$value" | tr -d "\"'")
  case "$name" in
    service) service=$value ;;
    script) script=$value ;;
    table) table=$value ;;
    file) file=$value ;;
  esac
done
case "$script" in
  '' | *[!a-z_]*)
    echo "not a script: $script" >&2
    exit 64
    ;;
esac
sql=$(dirname "$0")/../sql/$script.sql
PGSERVICE=$service exec psql --no-psqlrc --quiet --tuples-only --no-align --single-transaction \
  --set ON_ERROR_STOP=1 --set "table=$table" --set "next=${table}_next" --set "old=${table}_old" --set "file=$file" --file "$sql"
