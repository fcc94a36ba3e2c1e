# What suites in bash are written with. Sourced by them; $work is a directory for files, and $failed becomes 1 with the first failure.

# SENTENCE COMMAND...: the sentence is true if the command succeeds.
holds() {
    local sentence=$1
    shift
    if "$@" > "$work/output" 2>&1; then
        echo "ok: $sentence"
    else
        echo "NOT OK: $sentence"
        sed 's/^/    /' "$work/output"
        failed=1
    fi
}
