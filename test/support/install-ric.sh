#!/usr/bin/env bash
# Builds AWS's runtime interface client where the tests look for it. It needs g++, make, cmake, autoconf, automake
# and libtool, which is why it is no dependency of the project.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=node_modules/.cache/hydrant/ric
[ -e "$folder/node_modules/aws-lambda-ric/dist/rapid-client.node" ] && exit 0
mkdir -p "$folder"
echo '{ "private": true, "allowScripts": { "aws-lambda-ric": true } }' >"$folder/package.json"
npm install --prefix "$folder" --no-package-lock aws-lambda-ric@3.3.0
