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

# A program of others, compiled under strict rules as both kinds of projects resolve packages, and run.
project=$work/project
repository=$PWD
mkdir "$project"
cp test/packages/library/user.ts "$project"
cat > "$project/package.json" << END
{ "type": "module", "private": true }
END
npm install --silent --prefix "$project" --no-audit --no-fund "$npm"
cp -r node_modules/@types "$project/node_modules/"
[ ! -e node_modules/undici-types ] || cp -r node_modules/undici-types "$project/node_modules/"
compiles() {
    (cd "$project" && "$repository/node_modules/.bin/tsc" --strict --noUncheckedIndexedAccess --target es2023 --types node --module "$1" \
        --moduleResolution "$2" --outDir out user.ts)
}
holds "attw finds nothing wrong with the types of the library" npx --no-install attw "$npm" --profile esm-only
holds "a program that uses the library compiles as a module of Node.js" compiles nodenext nodenext
holds "a program that uses the library compiles for a bundler" compiles esnext bundler
holds "it does what it is asked for, and catches no signal" writes "define define start start
done done done done
true
NVIDIA L40S-8Q true, NVIDIA L40S-8Q true 2
defined defined ready started started
state:1:24: there is no card x
0 0 0" node "$project/out/user.js" "$work/library-host"
holds "importing the library does nothing, and keeps no program from its end" writes "0 0" \
    sh -c 'cd "$1" && node --input-type=module --eval "$2" | cat' - "$project" \
    'import "mdevctl"; process.on("exit", () => console.log(process.getActiveResourcesInfo().filter((each) => !each.startsWith("Pipe")).length, process.listenerCount("SIGINT")))'
sed -n '/^```ts$/,/^```$/{/^```/!p}' docs/library.md > "$project/example.ts"
compiles_example() { (cd "$project" && mv user.ts user.txt && cp example.ts user.ts && compiles nodenext nodenext); }
holds "the example in docs/library.md compiles" compiles_example
holds "and prints what stands below it" writes "$(sed -n '/^```text$/,/^```$/{/^```/!p}' docs/library.md)" \
    sh -c 'cd "$1" && node out/user.js' - "$project"
