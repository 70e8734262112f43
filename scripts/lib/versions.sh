# The host's tests and the demo on another Home Assistant, in an environment of its own:
# on_version NAME REQUIREMENT. The test plugin pins one version: everything that the other
# Home Assistant pins overrides it.
on_version() {
  local home=.tools/$1 wanted=$2 uv=$PWD/.tools/bin/uv found pins key
  shift 2
  export VIRTUAL_ENV=$PWD/$home CPATH=$PWD/.tools/python/usr/include
  [ -x $home/bin/python ] || "$uv" venv --quiet --python .venv/bin/python $home
  "$uv" pip install --quiet --upgrade "$wanted"
  found=$($home/bin/python -c 'import homeassistant.const as c; print(c.__version__)')
  key="$found $(cat requirements_test.txt pyproject.toml | sha256sum)"
  if [ "$(cat $home/.setup 2>/dev/null)" != "$key" ]; then
    pins=$(echo $home/lib/python3*/site-packages/homeassistant/package_constraints.txt)
    { echo "homeassistant==$found"; grep -E '^[A-Za-z0-9_.-]+==' "$pins"; } >$home/override.txt
    sed '/^pytest-homeassistant/!s/==.*//' requirements_test.txt >$home/names.txt
    "$uv" pip install --quiet --override $home/override.txt -r $home/names.txt \
      --editable '.[development]'
    echo "$key" >$home/.setup
  fi
  unset VIRTUAL_ENV CPATH
  echo "Home Assistant $found"
  PYTHONPATH=scripts/lib $home/bin/pytest -p other_version -p no:sugar -q --numprocesses 2 \
    --dist loadgroup -m 'not server' tests/homeassistant "$@"
  $home/bin/python -m sandbox.demo --once
}
