# SPDX-License-Identifier: Apache-2.0
# Read by ./check and ./demo, from the top of the sources: Debian packages, then the release build.

missing_packages() {
  sed '/^#/d' cmake/packages.txt | while read -r package; do
    dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -qx 'install ok installed' ||
      echo "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "no Debian: taking the packages of cmake/packages.txt as installed" >&2
    return
  fi
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ]; then
    as_root=""
  elif command -v sudo >/dev/null; then
    as_root="sudo"
  else
    echo "these Debian packages are missing; install them as root:" $missing >&2
    exit 1
  fi
  echo "installing:" $missing >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing
}

# Arguments go to cmake --build.
build_release() {
  launcher=""
  if command -v ccache >/dev/null; then launcher="-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"; fi
  cmake --preset release $launcher
  cmake --build --preset release "$@"
}
