# Private copies of Debian packages: unpacked under .tools/, nothing of the system touched.
# Sourced by scripts/setup.

# The mirror of this machine, or nothing where apt is not what the machine uses.
debian_mirror() {
  command -v apt-get >/dev/null || return 0
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '/^URIs:/ { uri = $2 } /^Suites:/ && uri { print uri, $2 }
         /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i, $(i + 1); break } }' |
    awk '$2 !~ /security|-updates/ && $1 ~ /\/debian\/?$/ { print $1; exit }'
}

# debian_unpack NAME SUITE PACKAGE...: the packages and all they depend on, in .tools/NAME.
debian_unpack() {
  local name=$1 suite=$2 mirror work target
  shift 2
  mirror=$(debian_mirror)
  [ -n "$mirror" ] && [ -r /usr/share/keyrings/debian-archive-keyring.gpg ] || return 1
  work=$TOOLS/apt-$name
  target=$TOOLS/$name
  rm -rf "$work" "$target.new"
  mkdir -p "$work"/{lists/partial,cache/archives/partial,parts,prefs} "$target.new"
  : >"$work/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  local apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts"
    -o Dir::Etc::preferencesparts="$work/prefs" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache"
    -o Dir::State="$work" -o Dir::State::status="$work/status"
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1)
  "${apt[@]}" update && "${apt[@]}" -y --no-install-recommends --download-only install "$@" >/dev/null || return 1
  local package
  for package in "$work"/cache/archives/*.deb; do
    dpkg -x "$package" "$target.new" || return 1
  done
  rm -rf "$work" "$target"
  mv "$target.new" "$target"
}

# debian_halves LIBRARIES FOLDER LIBRARY...: these look for their other halves in a folder of
# the system: they shall ask their caller, who finds them beside the rest.
debian_halves() {
  local libraries=$1 folder=$2
  shift 2
  [ -d "$libraries/$folder" ] || return 0
  (cd "$libraries" && ln -sf "$folder"/* . && "$TOOLS/bin/patchelf" --remove-rpath "$@")
}

# debian_bind NAME BINARY...: make programs of .tools/NAME run on that folder's own libraries.
debian_bind() {
  local root=$TOOLS/$1 libraries loader program
  shift
  libraries=$(echo "$root"/usr/lib/*-linux-gnu*)
  loader=$(find "$root" -name 'ld-linux-*.so.*' \( -type f -o -type l \) | head -n 1)
  loader=$libraries/$(basename "$loader")
  [ -e "$loader" ] || ln -s "$(find "$root/lib" -name "$(basename "$loader")" | head -n 1)" "$loader"
  debian_halves "$libraries" libproxy libproxy.so.1 libpxbackend-1.0.so
  debian_halves "$libraries" pulseaudio libpulse.so.0
  local paths=$libraries:${root}/lib/$(basename "$libraries")
  for program in "$@"; do
    "$TOOLS/bin/patchelf" --force-rpath --set-rpath "$paths" --set-interpreter "$loader" "$root/$program" || return 1
  done
}
