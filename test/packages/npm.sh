# The npm package, installed into a directory of its own. Sourced by run.sh.

npm pack --silent --pack-destination "$work" > /dev/null
npm=$(ls "$work"/mdevctl-*.tgz)
holds "publint finds nothing wrong with the npm package" npx --no-install publint run --strict "$npm"
holds "the npm package installs" npm install --global --prefix "$work/prefix" "$npm"

on_path() { env PATH="$work/prefix/bin:$PATH" MDEVCTL_ENV_ROOT="$work/host" "$@"; }
holds "mdevctl runs from the PATH" writes "$(build/release/mdevctl --version)" on_path mdevctl --version
holds "the manual of files is installed" ls "$work/prefix/share/man/man5/mdevctl-state.5"
holds "it creates a sandbox" on_path mdevctl sandbox "$work/host"
holds "it starts a device there" on_path mdevctl start --uuid 0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 --parent mtty --type mtty-2
holds "lsmdev runs from the PATH" writes "0d1f7c52-3a35-4f0e-9d3c-5a2b8c1e4f60 mtty mtty-2 manual" on_path lsmdev
holds "the links in its README lead to files of the package" links_lead_to_files "$work/prefix/lib/node_modules/mdevctl"
holds "it contains the sample callout script" test -x "$work/prefix/lib/node_modules/mdevctl/docs/callouts/vgpu.sh"
holds "the manuals are installed too" ls "$work/prefix/share/man/man8/mdevctl.8" "$work/prefix/share/man/man8/lsmdev.8"
holds "it has the licences of what it contains" grep -q "^mdevctl contains js-yaml" \
    "$work/prefix/lib/node_modules/mdevctl/dist/licences.txt"
