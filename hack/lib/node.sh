# Source this. Puts a Node of version 24 or newer first on PATH: the machine's own, else one kept in the cache, which npm
# installs from the pinned lock file of hack/lib/node.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

SALLYPORT_NODE_VERSION=24.21.0

# node_is_new_enough NODE: true when that program is a Node of at least version 24.
node_is_new_enough() {
  local version
  version=$("$1" --version 2> /dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge 24 ] 2> /dev/null
}

# node_bin_cached: the folder with the cached `node`.
node_bin_cached() {
  local cpu
  case $(uname -m) in
    x86_64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail "there is no Node for $(uname -m) in the cache's sources" 'install Node 24 or newer yourself and put it on PATH' ;;
  esac
  printf '%s/node/%s/node_modules/node-linux-%s/bin\n' "$SALLYPORT_CACHE" "$SALLYPORT_NODE_VERSION" "$cpu"
}

# install_npm: Debian's npm (with its own, older, Node), or the command that would install it.
install_npm() {
  local command='apt-get install --yes --no-install-recommends npm'
  command -v apt-get > /dev/null || fail 'Node 24 or newer is missing, and so is npm' 'install either, for example: dnf install nodejs npm'
  if [ "$(id -u)" -eq 0 ]; then
    step 'apt-get install npm' env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update --quiet && $command"
  elif sudo -n true 2> /dev/null; then
    step 'apt-get install npm' sudo -n env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update --quiet && $command"
  else
    fail 'Node 24 or newer is missing, and so is npm' "install Node 24, or run: sudo $command"
  fi
}

# install_node TARGET: the pinned Node into TARGET/node_modules, whole or not at all.
install_node() {
  local target=$1 work
  work=$(mktemp -d "$SALLYPORT_CACHE/node/.install.XXXXXX")
  cp "$SALLYPORT_ROOT"/hack/lib/node/package.json "$SALLYPORT_ROOT"/hack/lib/node/package-lock.json "$work/"
  # The package is the bare binary: nothing of it runs at install time.
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || { rm -rf "$work"; return 1; }
  rm -rf "$target"
  mv "$work" "$target"
}

# use_node: see the top of this file.
use_node() {
  local own bin
  own=$(command -v node || true)
  if [ -n "$own" ] && node_is_new_enough "$own"; then
    return
  fi
  bin=$(node_bin_cached)
  local found=''
  [ -z "$own" ] || found=$("$own" --version)
  if [ ! -x "$bin/node" ]; then
    mkdir -p "$SALLYPORT_CACHE/node"
    # One set-up at a time; whoever waited finds it there.
    exec 8> "$SALLYPORT_CACHE/node/.lock"
    flock 8
    if [ ! -x "$bin/node" ]; then
      command -v npm > /dev/null || install_npm
      step "Node $SALLYPORT_NODE_VERSION (this machine: ${found:-none})" install_node "$SALLYPORT_CACHE/node/$SALLYPORT_NODE_VERSION" ||
        fail 'cannot install Node' 'is the npm registry reachable? Otherwise put Node 24 or newer on PATH'
    fi
    exec 8>&-
  fi
  PATH=$bin:$PATH
  export PATH
}

use_node
