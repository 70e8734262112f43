# The newest Home Assistant that the package index has, in an environment of its own.
# The test plugin pins an older one: everything that Home Assistant pins overrides it.
newest() {
  local home=.tools/newest uv=$PWD/.tools/bin/uv found pins
  export VIRTUAL_ENV=$PWD/$home CPATH=$PWD/.tools/python/usr/include
  [ -x $home/bin/python ] || "$uv" venv --quiet --python .venv/bin/python $home
  "$uv" pip install --quiet --upgrade homeassistant
  found=$($home/bin/python -c 'import homeassistant.const as c; print(c.__version__)')
  if [ "$(cat $home/.setup 2>/dev/null)" != "$found $(sha256sum <requirements_test.txt)" ]; then
    pins=$(echo $home/lib/python3*/site-packages/homeassistant/package_constraints.txt)
    { echo "homeassistant==$found"; grep -E '^[A-Za-z0-9_.-]+==' "$pins"; } >$home/override.txt
    sed '/^pytest-homeassistant/!s/==.*//' requirements_test.txt >$home/names.txt
    "$uv" pip install --quiet --override $home/override.txt -r $home/names.txt \
      --editable '.[development]'
    echo "$found $(sha256sum <requirements_test.txt)" >$home/.setup
  fi
  unset VIRTUAL_ENV CPATH
  echo "newest: Home Assistant $found"
  PYTHONPATH=scripts/lib $home/bin/pytest -p newest_plugin -p no:sugar -q --numprocesses 2 \
    --dist loadgroup -m 'not server' tests/homeassistant "$@"
  $home/bin/python -m sandbox.demo --once
}
