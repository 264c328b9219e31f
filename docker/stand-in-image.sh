#!/bin/bash
# stand-in-image.sh IMAGE NODE -- BUILDAH...   makes a local stand-in for Docker Hub's node image, for machines that cannot reach it:
# Debian, the given Node binary, this machine's npm and its certificates. Needs root, debootstrap and buildah (given by its command line).
set -euo pipefail
image=$1 node=$2
shift 3
buildah=("$@")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"${TMPDIR:-/tmp}/debootstrap.log"
install -D "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
cp -a "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
groupadd --root "$root" --gid 1000 node
useradd --root "$root" --uid 1000 --gid node --create-home node

container=$("${buildah[@]}" from scratch)
"${buildah[@]}" add -q "$container" "$root" / >/dev/null
"${buildah[@]}" config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  "${buildah[@]}" add -q "$container" "$(readlink -f "$NODE_EXTRA_CA_CERTS")" /usr/local/share/extra-ca.pem >/dev/null
  "${buildah[@]}" config --env NODE_EXTRA_CA_CERTS=/usr/local/share/extra-ca.pem "$container"
fi
"${buildah[@]}" commit -q "$container" "$image" >/dev/null
"${buildah[@]}" rm "$container" >/dev/null
