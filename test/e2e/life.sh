#!/bin/sh
# The whole life of a pack and of a workflow, asked of a running daemon with curl alone:
#
#   sh test/e2e/life.sh http://127.0.0.1:7410 [REF.OF_A_FILE]
#
# Everything happens in the pack `life`, which is retired at the end and may be there, retired, from an earlier run. The second
# argument is a workflow that a file of a root defines. With LIFE_TOKEN each request bears that token.
set -eu
url=$1/api/v1
of_a_file=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
steps=0

fail() {
  printf 'not so: %s\n' "$1" >&2
  [ ! -s "$work/body" ] || { cat "$work/body" >&2; echo >&2; }
  exit 1
}

# send METHOD PATH [CURL ARGUMENT…]: tells the status; the answer's body is in $work/body, its headers in $work/head.
send() {
  method=$1 path=$2
  shift 2
  : >"$work/body"
  curl -sS -m 30 -o "$work/body" -D "$work/head" -w '%{http_code}' -X "$method" \
    ${LIFE_TOKEN:+-H "authorization: Bearer $LIFE_TOKEN"} "$@" "$url$path"
}

ask() {
  expected=$1
  shift
  status=$(send "$@")
  [ "$status" = "$expected" ] || fail "$1 $2 answers $status instead of $expected"
  steps=$((steps + 1))
}

# refused STATUS CODE METHOD PATH …: by a problem document with that code.
refused() {
  expected=$1 code=$2
  shift 2
  ask "$expected" "$@"
  says "\"code\":\"$code\""
  grep -qi '^content-type: application/problem+json' "$work/head" || fail "$2 is refused by no problem document"
}

says() { grep -qF -- "$1" "$work/body" || fail "the answer says $1"; }
says_not() { ! grep -qF -- "$1" "$work/body" || fail "the answer does not say $1"; }
header() { sed -n "s/^$1: *//Ip" "$work/head" | tr -d '\r' | head -n 1; }
# The number that a key has first in the answer.
number() { sed -n "s/^[^}]*\"$1\":\\([0-9]*\\).*/\\1/p" "$work/body"; }

gzip_body='content-type: application/gzip'
yaml_body='content-type: application/yaml'

workflow() { printf 'version: 1.0.0\nlabel: %s\nvars:\n  x: %s\ntasks:\n  - name: only\n    action: core.noop\n' "$1" "$2"; }
pack() { (cd "$work" && tar -czf "$1" life); }

mkdir -p "$work/life/workflows"
printf 'ref: life\nlabel: A life\nversion: %s\n' 1.0.0 >"$work/life/pack.yaml"
workflow 'First' 1 >"$work/life/workflows/first.yaml"
workflow 'Second' 1 >"$work/life/workflows/second.yaml"
printf '#!/bin/sh\n' >"$work/life/run.sh"
pack one.tgz

# An earlier run may have ended in the middle.
send DELETE /packs/life >/dev/null

ask 200 GET /changes
version=$(number version)

# -- What is not there, and what is not taken.
ask 404 GET /packs/life
refused 415 unsupported_media_type POST /packs -H 'content-type: text/plain' --data-binary @"$work/one.tgz"
refused 422 invalid_archive POST /packs -H "$gzip_body" --data-binary 'no archive'
ln -s /etc/passwd "$work/life/workflows/passwd.yaml"
pack link.tgz
rm "$work/life/workflows/passwd.yaml"
refused 422 invalid_archive POST /packs -H "$gzip_body" --data-binary @"$work/link.tgz"
says 'life/workflows/passwd.yaml'
says_not 'root:'
printf 'tasks: [\n' >"$work/life/workflows/broken.yaml"
pack broken.tgz
rm "$work/life/workflows/broken.yaml"
refused 422 invalid_pack POST /packs -H "$gzip_body" --data-binary @"$work/broken.tgz"
says '"path":"life/workflows/broken.yaml"'
ask 404 GET /packs/life
ask 404 PUT /packs/life -H "$gzip_body" --data-binary @"$work/one.tgz"
refused 422 invalid_pack PUT /packs/another -H "$gzip_body" --data-binary @"$work/one.tgz"
says 'REF_DIFFERS'

# -- A pack is born.
ask 201 POST /packs -H "$gzip_body" --data-binary @"$work/one.tgz"
says '"source":"api"'
says '"status":"active"'
[ "$(header location)" = /api/v1/packs/life ] || fail 'a new pack has an address'
pack_id=$(number id)
ask 200 GET /packs/life
tag=$(header etag)
[ -n "$tag" ] || fail 'a pack has a tag'
ask 304 GET /packs/life -H "if-none-match: $tag"
ask 200 GET /packs/life/workflows
says '"ref":"life.first"'
says '"ref":"life.second"'
ask 200 GET /workflows/life.first
says '"number":1'
first_id=$(number id)
refused 409 exists POST /packs -H "$gzip_body" --data-binary @"$work/one.tgz"

# -- It grows, all of it or nothing.
workflow 'First' 2 >"$work/life/workflows/first.yaml"
workflow 'Third' 1 >"$work/life/workflows/third.yaml"
rm "$work/life/workflows/second.yaml"
pack two.tgz
refused 412 precondition_failed PUT /packs/life -H 'if-match: "stale"' -H "$gzip_body" --data-binary @"$work/two.tgz"
ask 200 PUT /packs/life -H "if-match: $tag" -H "$gzip_body" --data-binary @"$work/two.tgz"
[ "$(number id)" = "$pack_id" ] || fail 'a pack keeps its id'
ask 200 GET /workflows/life.first
says '"number":2'
[ "$(number id)" = "$first_id" ] || fail 'a workflow keeps its id'
ask 200 GET /workflows/life.third
refused 404 retired GET /workflows/life.second
refused 422 invalid_pack PUT /packs/life -H "$gzip_body" --data-binary @"$work/broken.tgz"
ask 200 GET /workflows/life.third

# -- A workflow of its own, beside those of the upload.
{ echo 'ref: life.own'; workflow 'Own' 1; } >"$work/own.yaml"
{ echo 'ref: life.own'; workflow 'Own' 2; } >"$work/own-2.yaml"
{ echo 'ref: life.own'; workflow 'Own' '['; } >"$work/own-bad.yaml"
ask 200 POST /workflows/validate -H "$yaml_body" --data-binary @"$work/own-bad.yaml"
says '"valid":false'
refused 422 invalid_definition POST /workflows -H "$yaml_body" --data-binary @"$work/own-bad.yaml"
says '"line":'
ask 201 POST /workflows -H "$yaml_body" --data-binary @"$work/own.yaml"
[ "$(header location)" = /api/v1/workflows/life.own ] || fail 'a new workflow has an address'
own_id=$(number id)
ask 200 GET /workflows/life.own
tag=$(header etag)
ask 304 GET /workflows/life.own -H "if-none-match: $tag"
ask 200 GET /workflows/life.own -H 'accept: application/yaml'
cmp -s "$work/body" "$work/own.yaml" || fail 'the text is as it was written'
refused 409 exists POST /workflows -H "$yaml_body" --data-binary @"$work/own-2.yaml"
ask 200 PUT /workflows/life.own -H "if-match: $tag" -H "$yaml_body" --data-binary @"$work/own-2.yaml"
says '"number":2'
refused 412 precondition_failed PUT /workflows/life.own -H "if-match: $tag" -H "$yaml_body" --data-binary @"$work/own.yaml"
refused 422 invalid_definition PUT /workflows/life.own -H "$yaml_body" --data-binary @"$work/own-bad.yaml"
ask 200 GET '/workflows?q=own&pack=life'
says '"ref":"life.own"'

# -- What people decide about it.
ask 200 POST /workflows/life.own/rollback -H 'content-type: application/json' --data '{"revision":1}'
says '"pinned":true'
ask 200 PUT /workflows/life.own -H "$yaml_body" --data-binary @"$work/own-2.yaml"
says '"pinned":false'
ask 200 GET /workflows/life.own/revisions
says '"total_items":2'
ask 200 POST /workflows/life.own/disable
says '"enabled":false'
ask 200 POST /workflows/life.own/enable
ask 200 POST /workflows/life.own/protect
refused 409 protected DELETE /workflows/life.own
ask 200 POST /workflows/life.own/unprotect

# -- It goes, and comes back as the same.
ask 204 DELETE /workflows/life.own
[ ! -s "$work/body" ] || fail 'nothing is said of what is gone'
refused 404 retired GET /workflows/life.own
ask 200 GET /workflows/life.own/revisions/1
says 'ref: life.own'
refused 404 retired DELETE /workflows/life.own
ask 201 POST /workflows -H "$yaml_body" --data-binary @"$work/own.yaml"
[ "$(number id)" = "$own_id" ] || fail 'a workflow that returns is the one it was'
says '"number":1'

# -- What belongs to files is left to them.
if [ -n "$of_a_file" ]; then
  sed "s/^ref:.*/ref: $of_a_file/" "$work/own.yaml" >"$work/theirs.yaml"
  refused 409 owned_by_file PUT "/workflows/$of_a_file" -H "$yaml_body" --data-binary @"$work/theirs.yaml"
  refused 409 owned_by_file DELETE "/workflows/$of_a_file"
  refused 409 owned_by_root DELETE "/packs/${of_a_file%%.*}"
fi

# -- The pack dies with all that is in it, and has its second life.
ask 204 DELETE /packs/life
refused 404 retired GET /packs/life
for name in first third own; do refused 404 retired GET "/workflows/life.$name"; done
ask 200 GET '/workflows?pack=life'
says '"total_items":0'
ask 201 POST /packs -H "$gzip_body" --data-binary @"$work/one.tgz"
[ "$(number id)" = "$pack_id" ] || fail 'a pack that returns is the one it was'
ask 200 GET /workflows/life.first
[ "$(number id)" = "$first_id" ] || fail 'a workflow that returns is the one it was'
refused 404 retired GET /workflows/life.own
ask 204 DELETE /packs/life

# -- What happened was told, and nothing of what was refused.
ask 200 GET "/changes?since=$version"
for verb in registered updated pinned unpinned disabled enabled protected unprotected retired; do
  says "\"ref\":\"life.own\",\"verb\":\"$verb\""
done
for change in first:registered first:updated second:retired third:registered; do
  says "\"ref\":\"life.${change%:*}\",\"verb\":\"${change#*:}\""
done
says_not 'life.broken'
says_not 'life.passwd'

printf 'lived: %s requests\n' "$steps"
